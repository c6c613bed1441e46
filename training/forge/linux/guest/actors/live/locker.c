/* The daemon that locks a screen: when no key was pressed at some terminals for a while it writes so into its log, and when its
 * configuration says so it closes an open container, by asking the container's driver to end. A key unlocks again.
 *
 * Inert: it reads when terminals were last used, and ends no process but the one whose number it is told here.
 *
 *   CONFIG     its configuration: a line "idle=SECONDS", and "on_lock=close" or another word
 *   TERMINALS  devices, a space between
 *   PIDFILE    the number of the driver
 *   LOG        its log
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define EVERY 5

char CONFIG[128] = "@CONFIG@";
char TERMINALS[128] = "@TERMINALS@";
char PIDFILE[128] = "@PIDFILE@";
char LOG[128] = "@LOG@";

static const char *text_of(const char *path, char *text, size_t size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = file < 0 ? 0 : read(file, text, size - 1);

	text[got > 0 ? got : 0] = 0;
	if (file >= 0)
		close(file);
	return text;
}

/* Seconds since the last key. The kernel notes it in steps of some seconds. */
static long still_for(void)
{
	char all[sizeof TERMINALS];
	struct stat what;
	time_t last = 0;

	memcpy(all, TERMINALS, sizeof all);
	for (char *path = strtok(all, " "); path; path = strtok(NULL, " "))
		if (stat(path, &what) == 0 && what.st_atime > last)
			last = what.st_atime;
	return time(NULL) - last;
}

static void note(const char *what)
{
	FILE *log = fopen(LOG, "ae");
	time_t seconds = time(NULL);
	char now[32];

	strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
	if (log) {
		fprintf(log, "%s %s\n", now, what);
		fclose(log);
	}
}

static void close_container(void)
{
	char text[32];
	int driver = atoi(text_of(PIDFILE, text, sizeof text));

	if (driver > 1 && kill(driver, SIGTERM) == 0)
		note("container closed");
}

int main(void)
{
	char text[512];
	const char *idle;
	int locked = 0;

	if (daemon(0, 0))
		return 1;
	for (;; sleep(EVERY)) {
		text_of(CONFIG, text, sizeof text);
		idle = strstr(text, "idle=");
		if (!idle)
			continue;
		if (!locked && still_for() >= atol(idle + 5)) {
			note("locked");
			if (strstr(text, "on_lock=close"))
				close_container();
			locked = 1;
		} else if (locked && still_for() < EVERY + 8) {
			note("unlocked");
			locked = 0;
		}
	}
}
