/* A program that removes its own file and goes on.
 *
 * Inert: it removes no file but its own and its own log.
 *
 *   LOG     the log that it begins and keeps open, or empty
 *   UNLINK  yes to remove the log's name as well
 */
#define _GNU_SOURCE
#include "memory.h"

#include <stdio.h>
#include <time.h>

char LOG[128] = "@LOG@";
char UNLINK[16] = "@UNLINK@";

int main(void)
{
	char path[256], now[32];
	FILE *log = *LOG ? fopen(LOG, "ae") : NULL;
	time_t seconds = time(NULL);

	unlink(own_path(path, sizeof path));
	if (log) {
		strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
		fprintf(log, "%s started as %d\n%s ready\n", now, getpid(), now);
		fflush(log);
		if (!strcmp(UNLINK, "yes"))
			unlink(LOG);
	}
	for (;;)
		pause();
}
