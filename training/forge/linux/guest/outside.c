/* The world outside the machine: web servers and ports that answer, people who dial in, visitors who ask for a page. */
#define _GNU_SOURCE
#include "range_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 32
#define SESSIONS 4
#define KEPT 64
#define WATCHED 6
#define ENDS (SESSIONS + MOST + WATCHED + KEPT + 1)
#define PATIENCE 20000 /* milliseconds that anything outside waits for an answer */

static struct { int end; char host[46], port[8], folder[128], hears[24]; } doors[MOST];
static struct { int end, door; char line[64]; size_t have; } kept[KEPT]; /* accepted and kept; the first kept_count are in use */
static struct { int end; void (*ready)(void); } watched_ends[WATCHED];
static struct { char terminal[16]; int end; pid_t client; } sessions[SESSIONS]; /* free: no client */
static int door_count, kept_count, watched_count, heard_count, roused;

static socklen_t address(const char *host, const char *port, struct sockaddr_storage *into)
{
	struct sockaddr_in *four = (void *)into;
	struct sockaddr_in6 *six = (void *)into;

	memset(into, 0, sizeof *into);
	if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(atoi(port));
		return sizeof *four;
	}
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(atoi(port));
	return inet_pton(AF_INET6, host, &six->sin6_addr) == 1 ? sizeof *six : 0;
}

/* A stream socket bound to an address, or -1. */
static int bound(const char *host, const char *port)
{
	struct sockaddr_storage own;
	socklen_t size = address(host, port, &own);
	int end = size ? socket(own.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1, one = 1;

	if (end < 0)
		return -1;
	setsockopt(end, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(end, (void *)&own, size) == 0)
		return end;
	close(end);
	return -1;
}

const char *open_door(const char *host, const char *port, const char *folder, const char *hears)
{
	int end = door_count < MOST ? bound(host, port) : -1;

	if (end < 0 || listen(end, 8))
		return "cannot listen there";
	snprintf(doors[door_count].host, sizeof doors[0].host, "%s", host);
	snprintf(doors[door_count].port, sizeof doors[0].port, "%s", port);
	snprintf(doors[door_count].folder, sizeof doors[0].folder, "%s", folder);
	snprintf(doors[door_count].hears, sizeof doors[0].hears, "%s", hears);
	doors[door_count++].end = end;
	return NULL;
}

static int connected(const char *from, const char *to, const char *port)
{
	struct sockaddr_storage peer;
	socklen_t size = address(to, port, &peer);
	int end = size ? bound(from, "0") : -1;

	if (end < 0 || connect(end, (void *)&peer, size) == 0)
		return end;
	close(end);
	return -1;
}

const char *call(const char *from, const char *to, const char *port)
{
	return connected(from, to, port) < 0 ? "cannot connect" : NULL;
}

const char *request(const char *from, const char *to, const char *port, const char *method, const char *path, const char *agent)
{
	int end = connected(from, to, port), six = strchr(to, ':') != NULL;
	char waste[4096];
	ssize_t got = -1;

	if (end < 0)
		return "cannot connect";
	dprintf(end, "%s %s HTTP/1.0\r\nHost: %s%s%s\r\nUser-Agent: %s\r\nAccept: */*\r\n%s\r\n", method, path, six ? "[" : "", to,
		six ? "]" : "", agent, strcmp(method, "POST") ? "" : "Content-Length: 0\r\n");
	while (attend(PATIENCE, end) && (got = read(end, waste, sizeof waste)) > 0)
		;
	close(end);
	return got == 0 ? NULL : "the answer did not end";
}

static void send_file(int end, const char *folder)
{
	struct timeval patience = {PATIENCE / 1000, 0};
	char request[2048], path[512], target[256];
	struct stat what;
	ssize_t got;
	int file = -1;

	setsockopt(end, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(end, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	got = read(end, request, sizeof request - 1);
	request[got > 0 ? got : 0] = 0;
	if (sscanf(request, "GET %255s", target) == 1 && !strstr(target, "..")) {
		snprintf(path, sizeof path, "%s%s", folder, target);
		file = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (file < 0 || fstat(file, &what) || !S_ISREG(what.st_mode)) {
		dprintf(end, "HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	} else {
		dprintf(end, "HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %lld\r\n\r\n", (long long)what.st_size);
		while ((got = read(file, request, sizeof request)) > 0)
			if (write(end, request, got) != got)
				break;
	}
	if (file >= 0)
		close(file);
	shutdown(end, SHUT_WR);
	while (read(end, request, sizeof request) > 0)
		;
	close(end);
}

const char *dial(const char *terminal, const char *from, const char *target)
{
	struct winsize size = {.ws_row = 24, .ws_col = 120};
	int free = 0;

	while (free < SESSIONS && sessions[free].client)
		free++;
	if (free == SESSIONS || dialled(terminal) >= 0)
		return "no line is free";
	sessions[free].client = forkpty(&sessions[free].end, NULL, NULL, &size);
	if (sessions[free].client == 0) {
		signal(SIGPIPE, SIG_DFL);
		setenv("TERM", "xterm", 1);
		execl("/opt/range/bin/range-peer", "range-peer", "-y", "-y", "-b", from, "-i", "/opt/range/key", target, (char *)NULL);
		_exit(1);
	}
	if (sessions[free].client < 0) {
		sessions[free].client = 0;
		return "cannot fork";
	}
	fcntl(sessions[free].end, F_SETFD, FD_CLOEXEC);
	snprintf(sessions[free].terminal, sizeof sessions[0].terminal, "%s", terminal);
	return NULL;
}

static int session_of(const char *terminal)
{
	for (int i = 0; i < SESSIONS; i++)
		if (sessions[i].client && !strcmp(sessions[i].terminal, terminal))
			return i;
	return -1;
}

int dialled(const char *terminal)
{
	int found = session_of(terminal);

	return found < 0 ? -1 : sessions[found].end;
}

/* The client ends because its terminal is gone, as when somebody closes a window. */
static void let_go(int which)
{
	close(sessions[which].end);
	waitpid(sessions[which].client, NULL, 0);
	sessions[which].client = 0;
}

const char *hang_up(const char *terminal)
{
	int found = session_of(terminal);

	if (found < 0)
		return "nobody has dialled that line";
	let_go(found);
	return NULL;
}

static void keep(int end, int door)
{
	if (kept_count == KEPT)
		return; /* it stays open, and nobody speaks there */
	kept[kept_count].end = end;
	kept[kept_count].door = door;
	kept[kept_count++].have = 0;
}

static void part_with(int which)
{
	close(kept[which].end);
	kept[which] = kept[--kept_count];
}

static int is_at(int which, const char *host, const char *port)
{
	return !strcmp(doors[kept[which].door].host, host) && !strcmp(doors[kept[which].door].port, port);
}

const char *drop(const char *host, const char *port)
{
	int before = kept_count;

	for (int i = kept_count - 1; i >= 0; i--)
		if (is_at(i, host, port))
			part_with(i);
	return kept_count < before ? NULL : "there is no connection";
}

const char *tell(const char *host, const char *port, const char *text)
{
	int told = 0;

	for (int i = 0; i < kept_count; i++)
		told += is_at(i, host, port) && dprintf(kept[i].end, "%s\n", text) > 0;
	return told ? NULL : "there is no connection";
}

/* A line that came in is answered; "note WORD" is an event. */
static void hear(int which)
{
	char name[48], *word = kept[which].line + 5, *hears = doors[kept[which].door].hears;

	if (*hears && !strncmp(kept[which].line, "note ", 5)) {
		word[strspn(word, "abcdefghijklmnopqrstuvwxyz")] = 0;
		snprintf(name, sizeof name, "%s_%d_%.16s", hears, ++heard_count, word);
		remember(name);
	}
	send(kept[which].end, "ok\n", 3, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Reads what came on a kept connection; returns whether it goes on. */
static int listen_to(int which)
{
	char bytes[256];
	ssize_t got = recv(kept[which].end, bytes, sizeof bytes, MSG_DONTWAIT);

	for (ssize_t i = 0; i < got; i++) {
		if (bytes[i] == '\n') {
			kept[which].line[kept[which].have] = 0;
			kept[which].have = 0;
			hear(which);
		} else if (kept[which].have < sizeof kept[0].line - 1) {
			kept[which].line[kept[which].have++] = bytes[i];
		}
	}
	return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

void watch(int end, void (*ready)(void))
{
	if (watched_count == WATCHED)
		exit(1);
	watched_ends[watched_count].end = end;
	watched_ends[watched_count++].ready = ready;
}

static void answer(const struct pollfd *watched)
{
	char waste[4096];

	for (int i = 0; i < watched_count; i++)
		if (watched[SESSIONS + MOST + i].revents)
			watched_ends[i].ready();
	for (int i = kept_count - 1; i >= 0; i--)
		if (watched[SESSIONS + MOST + WATCHED + i].revents && !listen_to(i))
			part_with(i);

	for (int i = 0; i < SESSIONS; i++)
		if (sessions[i].client && watched[i].revents && read(sessions[i].end, waste, sizeof waste) <= 0)
			let_go(i);
	for (int i = 0; i < door_count; i++)
		if (watched[SESSIONS + i].revents) {
			int end = accept4(doors[i].end, NULL, NULL, SOCK_CLOEXEC);

			if (end < 0)
				continue;
			if (!strcmp(doors[i].folder, CLOSES))
				close(end);
			else if (!*doors[i].folder || !strcmp(doors[i].folder, ANSWERS))
				keep(end, i);
			else
				send_file(end, doors[i].folder);
		}
}

long long milliseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* All that may be waited for, each at a place of its own; a place that nobody has is passed over. */
static void list(struct pollfd *watched)
{
	for (int i = 0; i < ENDS; i++)
		watched[i] = (struct pollfd){-1, POLLIN, 0};
	for (int i = 0; i < SESSIONS; i++)
		watched[i].fd = sessions[i].client ? sessions[i].end : -1;
	for (int i = 0; i < door_count; i++)
		watched[SESSIONS + i].fd = doors[i].end;
	for (int i = 0; i < watched_count; i++)
		watched[SESSIONS + MOST + i].fd = watched_ends[i].end;
	for (int i = 0; i < kept_count; i++)
		if (!strcmp(doors[kept[i].door].folder, ANSWERS))
			watched[SESSIONS + MOST + WATCHED + i].fd = kept[i].end;
}

void rouse(void)
{
	roused = 1;
}

static int wait_for(long milliseconds, int also, const int *sooner)
{
	long long until = milliseconds_now() + milliseconds;
	int ready = 0;

	if (milliseconds == SPIN)
		setpriority(PRIO_PROCESS, 0, 19);
	for (;;) {
		struct pollfd watched[ENDS];
		long long left = milliseconds == SPIN ? 0 : until - milliseconds_now();

		if (ready || left < 0 || (sooner && *sooner))
			break;
		list(watched);
		watched[ENDS - 1] = (struct pollfd){also, POLLIN, 0};
		if (poll(watched, ENDS, left) > 0) {
			answer(watched);
			ready = watched[ENDS - 1].revents != 0;
		} else if (milliseconds == SPIN) {
			sched_yield();
		} else {
			break;
		}
	}
	setpriority(PRIO_PROCESS, 0, 0);
	return ready;
}

int attend(long milliseconds, int also)
{
	return wait_for(milliseconds, also, NULL);
}

int stand_by(long milliseconds, int line)
{
	roused = 0;
	return wait_for(milliseconds, line, &roused);
}
