/* acquire [-t] FILE: the memory of the running machine, into a file of the LiME format.
 *
 *   acquire /mnt/evid/memory.lime       copy; on success the one line "acquired FILE BYTES SHA256" on stdout, exit code 0
 *   acquire -t /mnt/evid/memory.lime    say what would be done, write nothing
 *
 * Progress and complaints go to stderr. Where anything fails, the error is named with the place, the exit code is 1, no line
 * says "acquired", and what was written stays: it is partial. An existing file is never written to. 2: wrong words.
 *
 * The file bypasses the cache of the machine (O_DIRECT) where its file system can: else the copy would push out of memory
 * what it is there to copy. The SHA-256 is that of the bytes handed to the kernel; they are on the medium when fsync() says so.
 * The format is that of LiME's documentation, version 1: before each range a header of 32 bytes.
 */
#include "memory.h"
#include "sha256.h"

#include <asm/fcntl.h>
#include <asm/statfs.h>
#include <linux/magic.h>

#define BLOCK (256 << 10)
#define STEP (16 << 20)
#define LIME 0x4c694d45

struct header {
	uint32_t magic, version;
	uint64_t first, last, free;
};

static struct memory memory;
static unsigned char block[BLOCK] __attribute__((aligned(4096)));
static struct {
	const char *name;
	int file, direct;
	size_t used; /* bytes of the block */
	uint64_t written, wanted;
	struct sha256 hash;
} target;
static struct text out = {.to = OUT}, err = {.to = ERR};

static int complain(const char *what, const char *about, long error)
{
	put(&err, "acquire: ");
	put(&err, what);
	put_safe(&err, about, length(about));
	put(&err, ": ");
	put_error(&err, error);
	put(&err, "\n");
	send(&err);
	return 0;
}

/* What is there is kept, as far as the medium takes it. */
static int partial(const char *doing, uint64_t at, long error)
{
	ask(__NR_fsync, target.file, 0, 0, 0);
	put(&err, "acquire: ");
	put_safe(&err, target.name, length(target.name));
	put(&err, doing);
	put_number(&err, at);
	put(&err, ": ");
	put_error(&err, error);
	put(&err, ". The file is partial\n");
	send(&err);
	return 0;
}

/* Write the block out. A write may take less than it was given; what then stops the rest is named by the next one. */
static int flush(void)
{
	size_t done = 0;

	sha256_more(&target.hash, block, target.used);
	if (target.direct && target.used % 4096) { /* only the end of the file: not whole pages, so not past the cache */
		target.direct = 0;
		ask(__NR_fcntl, target.file, F_SETFL, O_WRONLY, 0);
	}
	while (done < target.used) {
		long wrote = ask(__NR_write, target.file, (long)(block + done), (long)(target.used - done), 0);

		if (wrote == -EINTR)
			continue;
		if (wrote <= 0)
			return partial(done ? ": short write, stopped at byte " : ": writing at byte ", target.written, wrote ? wrote : -EIO);
		done += (size_t)wrote;
		target.written += (uint64_t)wrote;
	}
	target.used = 0;
	return 1;
}

/* Each 16 MiB: say how far it is, and have it on the medium: what is there stays, whatever happens to the rest. */
static int step(uint64_t before)
{
	long answer;

	if (before / STEP == target.written / STEP)
		return 1;
	if ((answer = ask(__NR_fsync, target.file, 0, 0, 0)) < 0)
		return partial(": fsync() after byte ", target.written, answer);
	put(&err, "acquire: ");
	put_number(&err, target.written >> 20);
	put(&err, " of ");
	put_number(&err, target.wanted >> 20);
	put(&err, " MiB\n");
	send(&err);
	return 1;
}

static int copy(const struct range *range)
{
	struct header header = {LIME, 1, range->first, range->last, 0};
	const unsigned char *bytes = (const unsigned char *)&header;

	for (size_t i = 0; i < sizeof header; i++) {
		if (target.used == BLOCK && !flush())
			return 0;
		block[target.used++] = bytes[i];
	}
	for (uint64_t at = range->first, left = range->last - range->first + 1; left;) {
		uint64_t before = target.written;
		long got;

		if (target.used == BLOCK && (!flush() || !step(before)))
			return 0;
		got = memory_read(&memory, at, block + target.used, left < BLOCK - target.used ? left : BLOCK - target.used);
		if (got == -EINTR)
			continue;
		if (got <= 0)
			return partial(": reading memory at address ", at, got ? got : -EIO);
		target.used += (size_t)got;
		at += (uint64_t)got;
		left -= (uint64_t)got;
	}
	return 1;
}

static void list(const char *what, const struct range *ranges, int count)
{
	for (int i = 0; i < count; i++) {
		put(&out, what);
		put_hex(&out, ranges[i].first, 8);
		put(&out, "-");
		put_hex(&out, ranges[i].last, 8);
		put(&out, "\n");
	}
}

/* The folder of a file, for what the kernel says of its file system. */
static const char *folder_of(const char *name)
{
	static char folder[4096];
	size_t at = length(name);

	while (at && name[at - 1] != '/')
		at--;
	if (!at)
		return ".";
	memcpy(folder, name, at);
	folder[at > 1 ? at - 1 : at] = 0;
	return folder;
}

/* Whether the file can be there: there is room, and not in the memory that is to be copied. */
static int fits(struct statfs *system)
{
	const char *folder = folder_of(target.name);
	long answer = ask(__NR_statfs, (long)folder, (long)system, 0, 0);
	uint64_t room = (uint64_t)system->f_bavail * (uint64_t)system->f_bsize;

	if (answer < 0)
		return complain("", folder, answer);
	if (!ask(__NR_access, (long)target.name, 0, 0, 0))
		return complain("", target.name, -EEXIST);
	if (system->f_type == TMPFS_MAGIC || system->f_type == RAMFS_MAGIC) {
		put(&err, "acquire: ");
		put_safe(&err, folder, length(folder));
		put(&err, " lies in the memory that is to be copied: choose the evidence medium\n");
		send(&err);
		return 0;
	}
	if (room >= target.wanted)
		return 1;
	put(&err, "acquire: ");
	put_number(&err, target.wanted);
	put(&err, " bytes are needed, ");
	put_number(&err, room);
	put(&err, " are free: ");
	put_error(&err, -ENOSPC);
	put(&err, "\n");
	send(&err);
	return 0;
}

static int tell(const struct statfs *system)
{
	put(&out, "would write ");
	put(&out, target.name);
	put(&out, "\n");
	list("copied   ", memory.ranges, memory.ranges_count);
	list("not there ", memory.missing, memory.missing_count);
	put(&out, "bytes    ");
	put_number(&out, target.wanted);
	put(&out, "\nfree     ");
	put_number(&out, (uint64_t)system->f_bavail * (uint64_t)system->f_bsize);
	put(&out, "\nformat   LiME 1, hash SHA-256\n");
	return send(&out) ? 0 : 1;
}

/* Bypassing the cache is asked for afterwards: a file system that can't would have made the file and then refused it. */
static int open_target(void)
{
	target.file = (int)ask(__NR_open, (long)target.name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600, 0);
	if (target.file < 0)
		return complain("", target.name, target.file);
	target.direct = !ask(__NR_fcntl, target.file, F_SETFL, O_WRONLY | O_DIRECT, 0);
	if (!target.direct)
		put(&err, "acquire: this file system can't bypass the cache: the copy displaces memory\n");
	return 1;
}

static int acquire(void)
{
	unsigned char digest[32];
	long answer;

	if (!open_target())
		return 1;
	for (int i = 0; i < memory.missing_count; i++) {
		put(&err, "acquire: not in /proc/kcore: ");
		put_hex(&err, memory.missing[i].first, 8);
		put(&err, "-");
		put_hex(&err, memory.missing[i].last, 8);
		put(&err, "\n");
	}
	send(&err);
	sha256_begin(&target.hash);
	for (int i = 0; i < memory.ranges_count; i++)
		if (!copy(&memory.ranges[i]))
			return 1;
	if (!flush())
		return 1;
	if ((answer = ask(__NR_fsync, target.file, 0, 0, 0)) < 0)
		return !partial(": fsync() after byte ", target.written, answer);
	if ((answer = ask(__NR_close, target.file, 0, 0, 0)) < 0)
		return !partial(": close() after byte ", target.written, answer);
	sha256_end(&target.hash, digest);
	put(&out, "acquired ");
	put(&out, target.name);
	put(&out, " ");
	put_number(&out, target.written);
	put(&out, " ");
	for (int i = 0; i < 32; i++)
		put_hex(&out, digest[i], 2);
	put(&out, "\n");
	return send(&out) ? 0 : 1;
}

/* The line on stdout has four words: a name may hold nothing that parts words or lines. */
static int sound(const char *name)
{
	size_t size = length(name);

	for (size_t i = 0; i < size; i++)
		if (name[i] < 0x21 || name[i] > 0x7e)
			return 0;
	return size > 0 && size < 4096 && name[0] != '-' && name[size - 1] != '/';
}

int program(int count, char **words)
{
	int only_tell = count == 3 && same(words[1], "-t");
	struct statfs system = {.f_type = 0};

	if ((count != 2 && !only_tell) || !sound(words[count - 1])) {
		put(&err, "usage: acquire [-t] FILE (the name without spaces, on the evidence medium; -t only says what would be done)\n");
		send(&err);
		return 2;
	}
	target.name = words[count - 1];
	put(&err, "acquire: ");
	if (!memory_find(&memory, &err)) {
		send(&err);
		return 1;
	}
	err.used = 0;
	for (int i = 0; i < memory.ranges_count; i++)
		target.wanted += sizeof(struct header) + memory.ranges[i].last - memory.ranges[i].first + 1;
	if (!fits(&system))
		return 1;
	return only_tell ? tell(&system) : acquire();
}
