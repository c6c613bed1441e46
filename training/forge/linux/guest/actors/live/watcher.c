/* The stand-in for the script of an intruder who fears to be watched. It looks around at intervals and holds a connection to its
 * owner. What it takes for a sign of a responder it tells there, with one word. At the first sign it removes its own files, and after
 * some more it ends. Arguments are ignored.
 *
 * Signs are: a new process that leads a session at a terminal ("session"), a service that is gone ("service"), more new processes
 * than usual since the last look ("processes"), a clock that was set ("clock"), and a line "seen WORD" from outside.
 *
 * Inert: it reads lists of processes and removes no file but those that it is told of here.
 *
 *   FROM      own address
 *   TO        address and port of its owner, a space between
 *   EVERY     seconds from look to look
 *   MOST      new processes that are usual in that time
 *   SERVICES  short names of processes that have to be there, a space between
 *   FILES     its files, a space between; it keeps the first one open
 *   SIGNS     signs after which it ends
 */
#define _GNU_SOURCE
#include "../ends.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#define MOST_SESSIONS 64
#define STEP 3 /* seconds by which the two clocks may differ from look to look */

char FROM[46] = "@FROM@";
char TO[64] = "@TO@";
char EVERY[12] = "@EVERY@";
char MOST[12] = "@MOST@";
char SERVICES[128] = "@SERVICES@";
char FILES[256] = "@FILES@";
char SIGNS[12] = "@SIGNS@";

static int sessions[MOST_SESSIONS], session_count, owner = -1, signs;
static long last_process, apart;

static long seconds_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec;
}

static void take_sign(const char *word)
{
	char line[48], all[sizeof FILES];
	int length = snprintf(line, sizeof line, "note %.24s\n", word);

	if (owner >= 0 && write(owner, line, length) != length)
		owner = -1;
	memcpy(all, FILES, sizeof all);
	for (char *path = signs ? NULL : strtok(all, " "); path; path = strtok(NULL, " "))
		unlink(path);
	if (++signs >= atoi(SIGNS))
		_exit(0);
}

/* Whether a session is new; it is known from then on. */
static int is_new(int pid)
{
	for (int i = 0; i < session_count; i++)
		if (sessions[i] == pid)
			return 0;
	if (session_count < MOST_SESSIONS)
		sessions[session_count++] = pid;
	return 1;
}

/* Looks through the processes: returns new sessions, and strikes those services off the list that are there. */
static int look(char *services)
{
	char path[64], text[512], *name, *after;
	int pid, session, terminal, found = 0;
	struct dirent *each;
	DIR *all = opendir("/proc");

	while (all && (each = readdir(all))) {
		snprintf(path, sizeof path, "/proc/%.20s/stat", each->d_name);
		int file = atoi(each->d_name) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
		ssize_t got = file < 0 ? 0 : read(file, text, sizeof text - 1);

		if (file >= 0)
			close(file);
		text[got > 0 ? got : 0] = 0;
		name = strchr(text, '(');
		after = strrchr(text, ')');
		if (!name || !after || sscanf(after + 4, "%*d %*d %d %d", &session, &terminal) != 2)
			continue;
		pid = atoi(each->d_name);
		*after = 0;
		for (char *at = services; (at = strstr(at, name + 1)); at++)
			if ((at == services || at[-1] == ' ') && (at[strlen(name + 1)] == ' ' || !at[strlen(name + 1)]))
				memset(at, '.', strlen(name + 1));
		found += session == pid && terminal && is_new(pid);
	}
	if (all)
		closedir(all);
	return found;
}

/* The number of the latest process, which goes round at the kernel's limit. */
static long latest(void)
{
	char text[128];
	int file = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	ssize_t got = file < 0 ? 0 : read(file, text, sizeof text - 1);

	if (file >= 0)
		close(file);
	text[got > 0 ? got : 0] = 0;
	return strrchr(text, ' ') ? atol(strrchr(text, ' ') + 1) : 0;
}

/* One look; the first one only takes down what there is. */
static void look_around(int first)
{
	static char services[sizeof SERVICES];
	static int gone;
	long began = last_process, was = apart;
	int fresh, missing;

	memcpy(services, SERVICES, sizeof services);
	fresh = look(services);
	missing = strspn(services, ". ") < strlen(services);
	last_process = latest();
	apart = seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_MONOTONIC);
	if (first)
		return;
	if (fresh)
		take_sign("session");
	if (missing && !gone)
		take_sign("service");
	gone = missing;
	if (last_process - began > atol(MOST))
		take_sign("processes");
	if (apart - was > STEP || was - apart > STEP)
		take_sign("clock");
}

static void listen_now(void)
{
	static char line[64];
	static size_t have;
	char byte;

	if (read(owner, &byte, 1) != 1) {
		close(owner);
		owner = -1;
	} else if (byte == '\n') {
		line[have] = 0;
		have = 0;
		if (!strncmp(line, "seen ", 5))
			take_sign(line + 5);
	} else if (have < sizeof line - 1) {
		line[have++] = byte;
	}
}

int main(void)
{
	char files[sizeof FILES], to[sizeof TO], *port;
	long next;

	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	memcpy(files, FILES, sizeof files);
	memcpy(to, TO, sizeof to);
	port = strchr(to, ' ');
	if (!port || open(strtok(files, " "), O_RDONLY | O_CLOEXEC) < 0)
		return 1;
	*port = 0;
	look_around(1);
	for (next = seconds_of(CLOCK_MONOTONIC) + atol(EVERY);;) {
		long left = next - seconds_of(CLOCK_MONOTONIC);

		if (owner < 0)
			owner = connected(FROM, to, port + 1, SOCK_STREAM);
		if (left <= 0) {
			look_around(0);
			next += atol(EVERY);
			continue;
		}
		if (poll(&(struct pollfd){owner, POLLIN, 0}, 1, left * 1000) > 0)
			listen_now();
	}
}
