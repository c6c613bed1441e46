/* Which physical memory can be read, and where it stands in /proc/kcore. */
#ifndef MEMORY_H
#define MEMORY_H

#include "alone.h"

#define MOST_RANGES 128

struct range {
	uint64_t first, last; /* physical addresses, both of it */
};

struct segment {
	uint64_t first, size; /* physical address, bytes */
	uint64_t offset; /* in /proc/kcore */
};

struct memory {
	int kcore; /* open for reading */
	int ram_count, segments_count, ranges_count, missing_count;
	struct range ram[MOST_RANGES]; /* System RAM of /proc/iomem */
	struct range ranges[MOST_RANGES]; /* what of it can be read, in order: these become the ranges of the file */
	struct range missing[MOST_RANGES]; /* what of it /proc/kcore doesn't have */
	struct segment segments[MOST_RANGES];
};

/* Find out; 0 with a sentence about what failed written to `complaint`. */
int memory_find(struct memory *memory, struct text *complaint);

/* Bytes from an address on, up to `size`, all in one range; bytes read, or a negative error. */
long memory_read(const struct memory *memory, uint64_t address, unsigned char *into, size_t size);

#endif
