/* What the programs of the kit have in place of a C library: system calls, text, errors.
 *
 * They are static and load nothing, so that no library of the machine that is looked at can answer in the kernel's place.
 * Without a C library each is some ten kilobytes: little of that machine's memory is displaced by reading them.
 *
 * System calls answer a negative number of <asm/errno.h> where they fail, as the kernel gives it.
 */
#ifndef ALONE_H
#define ALONE_H

#include <asm/errno.h>
#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

#define IN 0
#define OUT 1
#define ERR 2

long ask(long number, long a, long b, long c, long d);

/* Every program has this in place of main(); what it answers is the exit code. */
int program(int count, char **words);

size_t length(const char *text);
int same(const char *one, const char *other);
int begins(const char *text, const char *with);
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int with, size_t size);

/* Read a number in a base up to 16 and move on behind it; 0 where none stands there (then `*at` stays). */
int number_at(const char **at, unsigned base, uint64_t *value);

/* Text for a descriptor, written with `send` or when 1 KiB has come together; what is not written is remembered. */
struct text {
	int to;
	int failed;
	size_t used;
	char bytes[1024];
};

void put(struct text *text, const char *more);
void put_bytes(struct text *text, const char *bytes, size_t size);
void put_number(struct text *text, uint64_t value);
void put_hex(struct text *text, uint64_t value, unsigned digits);
void put_error(struct text *text, long error);
/* Text from elsewhere: what a terminal would obey becomes '?'. */
void put_safe(struct text *text, const char *foreign, size_t size);
int send(struct text *text);
/* A cell of a table: text, with spaces behind it up to a width, one at least. */
void put_cell(struct text *text, const char *cell, size_t width);
void put_number_cell(struct text *text, uint64_t value, size_t width);
/* What was put into a text that is sent nowhere, as a string. */
const char *string(struct text *text);

/* A whole small file; answers the bytes read, or a negative error. One byte of the room is left for a zero. */
long slurp(const char *path, char *into, size_t room);

/* Each entry of a folder whose name is a number, in the order of the folder; 0, or a negative error. */
long numbered(const char *folder, void (*each)(uint64_t number, void *with), void *with);

#endif
