/* A program that keeps records in one buffer, and some of them in two work files.
 *
 * Inert: it makes the records itself, from a seed and a list of invented names; it reads nothing and sends nothing.
 *
 *   NUMBER   records in the buffer, all different
 *   SEED     what they are made from, a whole number
 *   FORM     of a record's number: x is a letter, 9 a digit, all else stands for itself; such as PS-xx999999
 *   FIRST    the first work file, kept open; or empty for no files
 *   SECOND   the second one
 *   SHARE    records in each file
 *   OVERLAP  records that are in both
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LONGEST 64
#define MOST 1000

char NUMBER[12] = "@NUMBER@";
char SEED[12] = "@SEED@";
char FORM[24] = "@FORM@";
char FIRST[128] = "@FIRST@";
char SECOND[128] = "@SECOND@";
char SHARE[12] = "@SHARE@";
char OVERLAP[12] = "@OVERLAP@";

static const char *const given[] = {"Ada", "Bruno", "Celia", "Dario", "Edda", "Fabian", "Greta", "Hanno", "Ilse", "Jaro", "Kaja"};
static const char *const family[] = {"Arden", "Brook", "Calder", "Dunmore", "Elling", "Farrow", "Glenn", "Harrow", "Ivers"};

static unsigned state;

static int drawn(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

static void append(char **at, const char *text)
{
	*at = stpcpy(*at, text);
}

/* Writes a record's number; the place before which it must not stand again holds all earlier ones. */
static void number(char *at, const char *records)
{
	do {
		char *to = at;

		for (const char *form = FORM; *form; form++)
			*to++ = *form == 'x' ? 'A' + drawn(26) : *form == '9' ? '0' + drawn(10) : *form;
		*to = 0;
	} while (strstr(records, at) != at);
}

/* Keeps a file with the records from one line's start to another's; open, or -1. */
static int keep(const char *path, const char *from, const char *to)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	return file >= 0 && write(file, from, to - from) == to - from ? file : -1;
}

int main(void)
{
	int records = atoi(NUMBER), share = atoi(SHARE), overlap = atoi(OVERLAP);
	char *line[MOST + 1], *buffer, *at;

	if (records < 1 || records > MOST || overlap > share || 2 * share - overlap > records)
		return 1;
	state = atoi(SEED) * 2654435761U | 1;
	at = buffer = calloc(records, LONGEST);
	for (int i = 0; i < records; i++) {
		line[i] = at;
		number(at, buffer);
		at += strlen(at);
		append(&at, ";");
		append(&at, given[drawn(sizeof given / sizeof *given)]);
		append(&at, " ");
		append(&at, family[drawn(sizeof family / sizeof *family)]);
		append(&at, "\n");
	}
	line[records] = at;
	if (*FIRST && (keep(FIRST, line[0], line[share]) < 0 || keep(SECOND, line[share - overlap], line[2 * share - overlap]) < 0))
		return 1;
	for (;;)
		pause();
}
