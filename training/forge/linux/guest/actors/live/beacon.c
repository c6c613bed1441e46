/* A program that keeps in touch with somebody outside: an intruder's, or one that follows a store elsewhere. It holds one
 * connection, says a word on it every quarter of a minute and waits for one. When the outside closes it, it connects to its other
 * end, and keeps the dead connection for a while, as sloppy programs do. Arguments are ignored.
 *
 * Inert: it obeys two words. "clear" makes it remove its own files, "renew" connect anew. Without a word from outside for some time
 * it removes its files too. It reads no file, and removes none but those that it is told of here.
 *
 *   COMM      the name that it gives its process, or empty to keep it
 *   FROM      own address
 *   FIRST     address and port of its first end, a space between
 *   SECOND    of its other end
 *   FILES     the files, a space between
 *   PATIENCE  seconds without a word after which it removes them
 *   KEEP      seconds that it keeps a dead connection
 */
#define _GNU_SOURCE
#include "../ends.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#define EVERY 15
#define AGAIN 2 /* seconds from try to try to connect */

char COMM[16] = "@COMM@";
char FROM[46] = "@FROM@";
char FIRST[64] = "@FIRST@";
char SECOND[64] = "@SECOND@";
char FILES[256] = "@FILES@";
char PATIENCE[12] = "@PATIENCE@";
char KEEP[12] = "@KEEP@";

static int end = -1, dead = -1, turn;
static long heard, said, died;

static long now(void)
{
	struct timespec since;

	clock_gettime(CLOCK_MONOTONIC, &since);
	return since.tv_sec;
}

static void clear(void)
{
	char all[sizeof FILES];

	memcpy(all, FILES, sizeof all);
	for (char *path = strtok(all, " "); path; path = strtok(NULL, " "))
		unlink(path);
}

/* The connection is dead: it is kept for a while, in the place of an earlier one. */
static void bury(void)
{
	if (dead >= 0)
		close(dead);
	dead = end;
	died = now();
	end = -1;
}

static void connect_again(void)
{
	char both[sizeof FIRST], *port;

	memcpy(both, turn % 2 ? SECOND : FIRST, sizeof both);
	port = strchr(both, ' ');
	if (!port)
		_exit(1);
	*port = 0;
	end = connected(FROM, both, port + 1, SOCK_STREAM);
	turn += end >= 0;
	said = now() - EVERY;
}

static void obey(const char *line)
{
	heard = now();
	if (!strcmp(line, "clear"))
		clear();
	else if (!strcmp(line, "renew"))
		bury();
}

static void listen_now(void)
{
	static char line[64];
	static size_t have;
	char bytes[64];
	ssize_t got = read(end, bytes, sizeof bytes);

	if (got <= 0)
		return bury();
	for (ssize_t i = 0; i < got && end >= 0; i++)
		if (bytes[i] == '\n') {
			line[have] = 0;
			have = 0;
			obey(line);
		} else if (have < sizeof line - 1) {
			line[have++] = bytes[i];
		}
}

int main(void)
{
	struct pollfd wait;

	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (*COMM)
		prctl(PR_SET_NAME, COMM);
	heard = now();
	for (;;) {
		if (end < 0)
			connect_again();
		if (end >= 0 && now() - said >= EVERY && write(end, "here\n", 5) == 5)
			said = now();
		wait = (struct pollfd){end, POLLIN, 0};
		if (poll(&wait, 1, (end < 0 || atol(PATIENCE) < EVERY ? AGAIN : EVERY) * 1000) > 0)
			listen_now();
		if (dead >= 0 && now() - died >= atol(KEEP)) {
			close(dead);
			dead = -1;
		}
		if (now() - heard >= atol(PATIENCE)) {
			clear();
			heard = now();
		}
	}
}
