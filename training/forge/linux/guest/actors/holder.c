/* A program that keeps files open: its log, a list, a template.
 *
 * Inert: it writes lines of its own and removes no file but those that it wrote.
 *
 *   PATH    the files, with a space between
 *   BYTES   what it writes to each of them, 0 to open them for reading
 *   UNLINK  yes to remove the names of those that it wrote
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

char PATH[256] = "@PATH@";
char BYTES[12] = "@BYTES@";
char UNLINK[16] = "@UNLINK@";

/* A new file of some bytes of log; open, or -1. */
static int written(const char *path, int left)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0640);
	time_t seconds = time(NULL);
	char line[96], now[32];

	strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
	for (int number = 1; file >= 0 && left > 0; number++) {
		int length = snprintf(line, sizeof line, "%s item %06d checked, nothing to do\n", now, number);

		if (length > left)
			line[(length = left) - 1] = '\n';
		if (write(file, line, length) != length)
			return -1;
		left -= length;
	}
	return file;
}

int main(void)
{
	int bytes = atoi(BYTES);

	for (char *path = strtok(PATH, " "); path; path = strtok(NULL, " ")) {
		if ((bytes > 0 ? written(path, bytes) : open(path, O_RDONLY | O_CLOEXEC)) < 0)
			return 1;
		if (bytes > 0 && !strcmp(UNLINK, "yes"))
			unlink(path);
	}
	for (;;)
		pause();
}
