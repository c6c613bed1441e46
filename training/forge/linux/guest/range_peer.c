/* range-peer: the one stage hand of a Linux exhibit. It plays the world outside the machine, presses the keys of the people in
 * the story, and after the freeze writes down what the machine was like. Called with "prepare" it only makes the machine ready
 * and ends. Else it takes no arguments: the forge tells it what to do over the second serial line, one order a line, and gets one
 * answer a line:
 *
 *   serve ADDRESS PORT FOLDER     answer HTTP requests with the files of a folder
 *   listen ADDRESS PORT           accept connections and keep them
 *   dial OWN-ADDRESS TARGET       log in to TARGET (name@address) over SSH from an outside address
 *   press TERMINAL TEXT           type a line: TERMINAL is ttyN, or ssh for the session that was dialled
 *   hand PATH                     give a file of the machine away, gzipped: "ok BYTES", then the bytes
 *   truth PATH...                 write down the truth (collect.c); the last line is {"end": true}
 *
 * Answers are "ok SECONDS" with the machine's clock, or "no REASON".
 */
#define _GNU_SOURCE
#include "range_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <termios.h>
#include <unistd.h>

#define MOST 32
#define KEPT_FREE (8UL << 20)
#define STEP (1UL << 20)
#define JUST_AFTER 20000000 /* nanoseconds: more than the clock moves while it is being set */

static struct { int end; char folder[128]; } doors[MOST]; /* an empty folder: keep what comes in */
static int door_count, remote = -1;
static struct typed lines[MOST * 4];
static int line_count;

static void rest(long milliseconds)
{
	struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000};

	nanosleep(&pause, NULL);
}

static const char *open_door(const char *host, const char *port, const char *folder)
{
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
	int end = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(end, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (door_count == MOST || inet_pton(AF_INET, host, &own.sin_addr) != 1 || bind(end, (void *)&own, sizeof own) || listen(end, 8))
		return "cannot listen there";
	snprintf(doors[door_count].folder, sizeof doors[0].folder, "%s", folder);
	doors[door_count++].end = end;
	return NULL;
}

static void send_file(int end, const char *folder)
{
	char request[2048], path[512], target[256];
	ssize_t got = read(end, request, sizeof request - 1);
	struct stat what;
	int file = -1;

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

static const char *dial(const char *own, const char *target)
{
	struct winsize size = {.ws_row = 24, .ws_col = 120};
	pid_t child = forkpty(&remote, NULL, NULL, &size);

	if (child == 0) {
		setenv("TERM", "xterm", 1);
		execl("/opt/range/bin/range-peer", "range-peer", "-y", "-y", "-b", own, "-i", "/opt/range/key", target, (char *)NULL);
		_exit(1);
	}
	return child < 0 ? "cannot fork" : NULL;
}

/* A history time is a whole second: Enter is pressed well inside one, so that ours and the shell's are the same. */
static void wait_for_the_middle_of_a_second(void)
{
	struct timespec now;

	do {
		rest(20);
		clock_gettime(CLOCK_REALTIME, &now);
	} while (now.tv_nsec < 200000000 || now.tv_nsec > 500000000);
}

static int press_key(int terminal, char key)
{
	rest(25);
	return terminal == remote ? write(remote, &key, 1) != 1 : ioctl(terminal, TIOCSTI, &key);
}

static const char *press(const char *name, const char *text)
{
	char path[32];
	int terminal = remote, failed = 0;

	if (strcmp(name, "ssh")) {
		snprintf(path, sizeof path, "/dev/%s", name);
		terminal = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	}
	if (terminal < 0 || line_count == (int)(sizeof lines / sizeof *lines))
		return "no such terminal";
	for (const char *key = text; *key; key++)
		failed |= press_key(terminal, *key);
	wait_for_the_middle_of_a_second();
	failed |= press_key(terminal, '\r');
	if (*text) {
		snprintf(lines[line_count].terminal, sizeof lines[0].terminal, "%s", name);
		snprintf(lines[line_count].text, sizeof lines[0].text, "%s", text);
		lines[line_count++].seconds = time(NULL);
	}
	if (terminal != remote)
		close(terminal);
	return failed ? "a key was not taken" : NULL;
}

/* Used after the freeze only: it starts a program and leaves a file. */
static const char *hand(const char *path, FILE *out)
{
	char command[300], block[4096];
	struct stat what;
	ssize_t got;
	int file;

	snprintf(command, sizeof command, "gzip -c %s > /run/handed", path);
	if (path[strspn(path, "abcdefghijklmnopqrstuvwxyz/_")] || system(command) == 127)
		return "cannot pack that";
	file = open("/run/handed", O_RDONLY | O_CLOEXEC);
	if (file < 0 || fstat(file, &what))
		return "cannot read that";
	fprintf(out, "ok %lld\n", (long long)what.st_size);
	while ((got = read(file, block, sizeof block)) > 0)
		fwrite(block, 1, got, out);
	close(file);
	return NULL;
}

static void obey(char *order, FILE *out)
{
	char first[64] = "", second[64] = "", third[128] = "";
	const char *wrong = "not understood";
	int text = 0;

	if (!strncmp(order, "truth", 5)) {
		collect(out, lines, line_count, order + 5);
		return;
	}
	if (sscanf(order, "hand %127s", third) == 1) {
		wrong = hand(third, out);
		if (!wrong)
			return;
	} else if (sscanf(order, "serve %63s %63s %127s", first, second, third) == 3)
		wrong = open_door(first, second, third);
	else if (sscanf(order, "listen %63s %63s", first, second) == 2)
		wrong = open_door(first, second, "");
	else if (sscanf(order, "dial %63s %63s", first, second) == 2)
		wrong = dial(first, second);
	else if (sscanf(order, "press %15s%n", first, &text) == 1 && text)
		wrong = press(first, order + text + (order[text] == ' '));
	if (wrong)
		fprintf(out, "no %s (%s)\n", wrong, strerror(errno));
	else
		fprintf(out, "ok %lld\n", (long long)time(NULL));
}

static void answer_doors(struct pollfd *watched)
{
	char waste[4096];

	for (int i = 0; i < door_count; i++)
		if (watched[i].revents) {
			int end = accept4(doors[i].end, NULL, NULL, SOCK_CLOEXEC);

			if (end >= 0 && *doors[i].folder)
				send_file(end, doors[i].folder);
		}
	if (remote >= 0 && watched[door_count].revents && read(remote, waste, sizeof waste) <= 0) {
		close(remote);
		remote = -1;
	}
}

/* Puts the moment of starting just after a whole second (the clock moves by less than one): an analyser that computes the time
 * when a process began from whole seconds of it is then right to some hundredths.
 */
static int set_clock(void)
{
	struct timespec now, since;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &since);
	if (now.tv_nsec < since.tv_nsec)
		now.tv_sec--;
	now.tv_nsec = since.tv_nsec + JUST_AFTER;
	if (now.tv_nsec >= 1000000000) {
		now.tv_nsec -= 1000000000;
		now.tv_sec++;
	}
	return clock_settime(CLOCK_REALTIME, &now);
}

/* Takes nearly all free memory once, which the kernel zeroes, and gives it back by ending. What is left of the packed kernel and
 * file system would double the size of a packed exhibit. It is done before the story begins: nothing of it is lost.
 */
static void clear_free_memory(void)
{
	struct sysinfo state;

	while (sysinfo(&state) == 0 && state.freeram > KEPT_FREE)
		if (mmap(NULL, STEP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0) == MAP_FAILED)
			return;
}

int main(int count, char **arguments)
{
	static char order[4096];
	size_t have = 0;
	struct termios raw;
	int line = open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC);
	FILE *out = fdopen(dup(line), "w");

	if (count > 1 && !strcmp(arguments[1], "prepare")) {
		clear_free_memory();
		return set_clock() != 0;
	}
	if (line < 0 || !out || tcgetattr(line, &raw))
		return 1;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	cfmakeraw(&raw);
	cfsetspeed(&raw, B115200);
	tcsetattr(line, TCSANOW, &raw);
	fprintf(out, "ready\n");
	for (;;) {
		struct pollfd watched[MOST + 2];

		fflush(out);
		for (int i = 0; i < door_count; i++)
			watched[i] = (struct pollfd){doors[i].end, POLLIN, 0};
		watched[door_count] = (struct pollfd){remote, POLLIN, 0};
		watched[door_count + 1] = (struct pollfd){line, POLLIN, 0};
		if (poll(watched, door_count + 2, -1) < 0)
			continue;
		int asked = watched[door_count + 1].revents;

		answer_doors(watched);
		if (asked && have < sizeof order - 1 && read(line, order + have, 1) == 1 && order[have++] == '\n') {
			order[have - 1] = 0;
			obey(order, out);
			memset(order, 0, sizeof order);
			have = 0;
		}
	}
}
