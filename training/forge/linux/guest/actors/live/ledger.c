/* A program in which somebody keeps accounts: it holds its files open, the first of them by two descriptors, and adds a line to the
 * first one now and then. Arguments are ignored.
 *
 * Inert: it writes its own lines, at the end of its own file.
 *
 *   FILES  the files, a space between
 *   LINES  the lines, a bar between
 *   TIMES  for each line the seconds after which it is written, counted from the start, a space between
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

char FILES[256] = "@FILES@";
char LINES[256] = "@LINES@";
char TIMES[64] = "@TIMES@";

static long now(void)
{
	struct timespec since;

	clock_gettime(CLOCK_MONOTONIC, &since);
	return since.tv_sec;
}

int main(void)
{
	char files[sizeof FILES], lines[sizeof LINES], *rest, *when = TIMES;
	int first = -1, second;
	long began = now();

	signal(SIGHUP, SIG_IGN);
	memcpy(files, FILES, sizeof files);
	memcpy(lines, LINES, sizeof lines);
	for (char *path = strtok_r(files, " ", &rest); path; path = strtok_r(NULL, " ", &rest)) {
		int file = open(path, (first < 0 ? O_RDWR | O_APPEND : O_RDONLY) | O_CLOEXEC);

		if (file < 0)
			return 1;
		first = first < 0 ? file : first;
	}
	second = dup(first);
	for (char *line = strtok_r(lines, "|", &rest); line && second >= 0; line = strtok_r(NULL, "|", &rest)) {
		long due = began + strtol(when, &when, 10);

		while (now() < due)
			sleep(due - now());
		if (write(first, line, strlen(line)) < 0 || write(first, "\n", 1) < 0 || fsync(first))
			break; /* the container was closed: the program stays, as such programs do */
	}
	for (;;)
		pause();
}
