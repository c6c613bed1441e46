/* What the two halves of range-peer share. */
#include <stdio.h>
#include <time.h>

struct typed {
	char terminal[16];
	char text[400];
	time_t seconds; /* when Enter was pressed, by this machine's clock */
};

/* Writes down the machine as it is, one JSON object a line; `paths` are files of interest, parted by spaces. */
void collect(FILE *out, const struct typed *lines, int count, char *paths);
