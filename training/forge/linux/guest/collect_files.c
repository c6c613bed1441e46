/* The collector's part on files of interest: what stat(2) says, the lines, the SHA-256 (FIPS 180-4).
 *
 * The kernel's own hash (AF_ALG) would be less to write. But asking for it makes a kernel without it start modprobe.
 */
#define _GNU_SOURCE
#include "collect.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 64
#define ROUNDS 64

/* A file while it is read: its hash so far, and the counts. `entries` are lines as bash takes them from a history file:
 * ended, not empty, and no time stamp (a hash sign and a digit).
 */
struct reading {
	uint32_t hash[8];
	long long size, lines, entries;
	int column, stamped; /* of the line that is being read; the column counts to 2 */
	char first;
};

static const uint32_t FRACTIONS[ROUNDS] = { /* of the cube roots of the first 64 primes */
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turned(uint32_t word, int by)
{
	return word >> by | word << (32 - by);
}

static void schedule(const unsigned char *block, uint32_t *words)
{
	for (int i = 0; i < 16; i++)
		words[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
	for (int i = 16; i < ROUNDS; i++) {
		uint32_t near = words[i - 2], far = words[i - 15];

		words[i] = (turned(near, 17) ^ turned(near, 19) ^ near >> 10) + words[i - 7] +
			(turned(far, 7) ^ turned(far, 18) ^ far >> 3) + words[i - 16];
	}
}

static void hash_block(uint32_t *hash, const unsigned char *block)
{
	uint32_t words[ROUNDS], s[8];

	schedule(block, words);
	memcpy(s, hash, sizeof s);
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t one = s[7] + (turned(s[4], 6) ^ turned(s[4], 11) ^ turned(s[4], 25)) +
			((s[4] & s[5]) ^ (~s[4] & s[6])) + FRACTIONS[i] + words[i];
		uint32_t two = (turned(s[0], 2) ^ turned(s[0], 13) ^ turned(s[0], 22)) +
			((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));

		memmove(s + 1, s, 7 * sizeof *s);
		s[4] += one;
		s[0] = one + two;
	}
	for (int i = 0; i < 8; i++)
		hash[i] += s[i];
}

static void count(struct reading *file, const unsigned char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '\n') {
			file->lines++;
			file->entries += file->column && !file->stamped;
			file->column = file->stamped = 0;
		} else if (file->column == 0) {
			file->first = bytes[i];
			file->column = 1;
		} else if (file->column == 1) {
			file->stamped = file->first == '#' && isdigit(bytes[i]);
			file->column = 2;
		}
	}
}

/* The last blocks: what is left over, a set bit, zeros, the length in bits. */
static void finish(struct reading *file, unsigned char *block, size_t left)
{
	unsigned char tail[2 * BLOCK] = {0};
	size_t length = left < BLOCK - 8 ? BLOCK : 2 * BLOCK;
	uint64_t bits = (uint64_t)file->size * 8;

	memcpy(tail, block, left);
	tail[left] = 0x80;
	for (int i = 0; i < 8; i++)
		tail[length - 1 - i] = bits >> 8 * i;
	for (size_t at = 0; at < length; at += BLOCK)
		hash_block(file->hash, tail + at);
}

static void read_all(struct reading *file, int from)
{
	static unsigned char bytes[BLOCK * 1024];
	size_t left = 0, at;
	ssize_t got;

	while ((got = read(from, bytes + left, sizeof bytes - left)) > 0) {
		count(file, bytes + left, got);
		file->size += got;
		left += got;
		for (at = 0; at + BLOCK <= left; at += BLOCK)
			hash_block(file->hash, bytes + at);
		left -= at;
		memmove(bytes, bytes + at, left);
	}
	finish(file, bytes, left);
}

static const uint32_t BEGINNING[8] = { /* of the square roots of the first 8 */
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static void file_of_interest(FILE *out, const char *path)
{
	struct reading file = {.size = 0};
	struct stat what;
	int from, present = stat(path, &what) == 0;

	fprintf(out, "{\"kind\": \"file\", ");
	named(out, "path", path);
	fprintf(out, ", \"present\": %s", present ? "true" : "false");
	if (present)
		fprintf(out, ", \"size\": %lld, \"modified\": %lld, \"changed\": %lld, \"accessed\": %lld, \"inode\": %lu",
			(long long)what.st_size, (long long)what.st_mtime, (long long)what.st_ctime, (long long)what.st_atime,
			(unsigned long)what.st_ino);
	from = present && S_ISREG(what.st_mode) ? open(path, O_RDONLY | O_CLOEXEC | O_NOATIME) : -1;
	if (from >= 0) {
		memcpy(file.hash, BEGINNING, sizeof BEGINNING);
		read_all(&file, from);
		close(from);
		fprintf(out, ", \"lines\": %lld, \"entries\": %lld, \"sha256\": \"", file.lines, file.entries);
		for (int i = 0; i < 8; i++)
			fprintf(out, "%08x", file.hash[i]);
		fprintf(out, "\"");
	}
	fprintf(out, "}\n");
}

void collect_files(FILE *out, char *paths)
{
	for (char *path = strtok(paths, " "); path; path = strtok(NULL, " "))
		file_of_interest(out, path);
}
