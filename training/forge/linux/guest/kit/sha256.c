/* SHA-256 of FIPS 180-4; names of the functions and variables are those of its sections 4.1.2 and 6.2.2. */
#include "alone.h"
#include "sha256.h"

static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};
static const uint32_t H[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

#define ROTR(x, n) ((x) >> (n) | (x) << (32 - (n)))
#define CH(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define MAJ(x, y, z) (((x) & (y)) | ((z) & ((x) | (y))))
#define SUM0(x) (ROTR(x, 2) ^ ROTR(x, 13) ^ ROTR(x, 22))
#define SUM1(x) (ROTR(x, 6) ^ ROTR(x, 11) ^ ROTR(x, 25))
#define SIGMA0(x) (ROTR(x, 7) ^ ROTR(x, 18) ^ (x) >> 3)
#define SIGMA1(x) (ROTR(x, 17) ^ ROTR(x, 19) ^ (x) >> 10)

/* The eight variables are not moved from round to round: the next round has them under their next names. */
#define ROUND(a, b, c, d, e, f, g, h, t) do { \
	uint32_t first = h + SUM1(e) + CH(e, f, g) + K[t] + W[(t) & 15]; \
	d += first; \
	h = first + SUM0(a) + MAJ(a, b, c); \
} while (0)
#define EIGHT(t) do { \
	ROUND(a, b, c, d, e, f, g, h, t); ROUND(h, a, b, c, d, e, f, g, (t) + 1); \
	ROUND(g, h, a, b, c, d, e, f, (t) + 2); ROUND(f, g, h, a, b, c, d, e, (t) + 3); \
	ROUND(e, f, g, h, a, b, c, d, (t) + 4); ROUND(d, e, f, g, h, a, b, c, (t) + 5); \
	ROUND(c, d, e, f, g, h, a, b, (t) + 6); ROUND(b, c, d, e, f, g, h, a, (t) + 7); \
} while (0)

static void block(uint32_t state[8], const unsigned char *bytes)
{
	uint32_t W[16], a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];

	for (int t = 0; t < 16; t++) {
		__builtin_memcpy(&W[t], bytes + 4 * t, 4);
		W[t] = __builtin_bswap32(W[t]);
	}
	for (int t = 0; t < 64; t += 16) {
		if (t)
			for (int i = 0; i < 16; i++)
				W[i] += SIGMA0(W[(i + 1) & 15]) + W[(i + 9) & 15] + SIGMA1(W[(i + 14) & 15]);
		EIGHT(t);
		EIGHT(t + 8);
	}
	state[0] += a, state[1] += b, state[2] += c, state[3] += d;
	state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

void sha256_begin(struct sha256 *hash)
{
	memcpy(hash->state, H, sizeof H);
	hash->size = 0;
}

void sha256_more(struct sha256 *hash, const unsigned char *bytes, size_t size)
{
	size_t have = hash->size & 63;

	hash->size += size;
	if (have) {
		size_t wanted = 64 - have < size ? 64 - have : size;

		memcpy(hash->rest + have, bytes, wanted);
		if (have + wanted < 64)
			return;
		block(hash->state, hash->rest);
		bytes += wanted;
		size -= wanted;
	}
	for (; size >= 64; bytes += 64, size -= 64)
		block(hash->state, bytes);
	memcpy(hash->rest, bytes, size);
}

void sha256_end(struct sha256 *hash, unsigned char digest[32])
{
	static const unsigned char padding[64] = {0x80};
	uint64_t bits = __builtin_bswap64(hash->size * 8);
	unsigned char size[8];

	__builtin_memcpy(size, &bits, 8);
	sha256_more(hash, padding, 1 + (119 - (hash->size & 63)) % 64);
	sha256_more(hash, size, 8);
	for (int i = 0; i < 8; i++) {
		uint32_t word = __builtin_bswap32(hash->state[i]);

		__builtin_memcpy(digest + 4 * i, &word, 4);
	}
}
