/* SHA-256 of FIPS 180-4 ("Secure Hash Standard", August 2015, section 6.2), fed piece by piece. */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint32_t state[8];
	uint64_t size; /* bytes so far */
	unsigned char rest[64];
};

void sha256_begin(struct sha256 *hash);
void sha256_more(struct sha256 *hash, const unsigned char *bytes, size_t size);
void sha256_end(struct sha256 *hash, unsigned char digest[32]);

#endif
