/* A web server with workers that are started before they are needed; it goes to the background, unless it is process 1 of a box.
 * It serves the files of a folder and writes a log. One path of its makes the worker that answers start a program: what a hole in
 * a real application would let somebody do.
 *
 * Inert: nothing of a request ever reaches a command. The one command is fixed before the machine starts, and a path with .. gets
 * no file.
 *
 *   ADDRESS  where it listens, IPv4 or IPv6
 *   PORT     there
 *   WORKERS  their number
 *   UID      whose number the workers have, 0 to stay
 *   LOG      the log, a line for each request: common format, then referrer and agent
 *   ROOT     the folder
 *   TRIGGER  the path, with its query
 *   COMMAND  what /bin/sh runs then
 */
#define _GNU_SOURCE
#include "ends.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

char ADDRESS[46] = "@ADDRESS@";
char PORT[8] = "@PORT@";
char WORKERS[12] = "@WORKERS@";
char UID[8] = "@UID@";
char LOG[128] = "@LOG@";
char ROOT[128] = "@ROOT@";
char TRIGGER[128] = "@TRIGGER@";
char COMMAND[256] = "@COMMAND@";

struct request { char line[512], method[16], target[256], agent[128], client[64]; };

static void start_command(void)
{
	if (fork() == 0) {
		signal(SIGCHLD, SIG_DFL);
		execl("/bin/sh", "sh", "-c", COMMAND, (char *)NULL);
		_exit(1);
	}
}

/* The file that a request asks for, or -1. */
static int file_of(const char *target, struct stat *what)
{
	const char *name = target[1] && target[1] != '?' ? target : "/index.html";
	char path[512];
	int file;

	snprintf(path, sizeof path, "%s%.*s", ROOT, (int)strcspn(name, "?"), name);
	file = strstr(path, "..") ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (file >= 0 && (fstat(file, what) || !S_ISREG(what->st_mode))) {
		close(file);
		return -1;
	}
	return file;
}

/* Answers a request with its file, or with a short text; returns the status. */
static int answer(int end, const struct request *asked, long long *bytes)
{
	static const char text[] = "nothing here\n";
	char block[4096];
	struct stat what;
	int file = file_of(asked->target, &what), triggered = *TRIGGER && !strcmp(asked->target, TRIGGER);
	int status = file >= 0 || triggered ? 200 : 404;
	ssize_t got;

	if (triggered)
		start_command();
	*bytes = file >= 0 ? what.st_size : (long long)sizeof text - 1;
	dprintf(end, "HTTP/1.1 %d %s\r\n", status, status == 200 ? "OK" : "Not Found");
	dprintf(end, "Content-Length: %lld\r\nConnection: close\r\n\r\n", *bytes);
	if (!strcmp(asked->method, "HEAD"))
		*bytes = 0;
	else if (file < 0)
		dprintf(end, "%s", text);
	while (*bytes && file >= 0 && (got = read(file, block, sizeof block)) > 0)
		if (write(end, block, got) != got)
			break;
	if (file >= 0)
		close(file);
	return status;
}

/* Who is at the other end, as text. */
static void name_client(int end, char *client, size_t size)
{
	struct sockaddr_storage peer = {0};
	socklen_t length = sizeof peer;

	getpeername(end, (void *)&peer, &length);
	if (peer.ss_family == AF_INET)
		inet_ntop(AF_INET, &((struct sockaddr_in *)&peer)->sin_addr, client, size);
	else
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&peer)->sin6_addr, client, size);
}

/* Reads a request; returns whether it was one. What would break a line of the log is made a question mark. */
static int read_request(int end, struct request *asked)
{
	static const struct timeval patience = {5, 0};
	char text[2048];
	ssize_t have = 0, got = 1;
	char *agent;

	setsockopt(end, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	text[0] = 0;
	while (got > 0 && !memmem(text, have, "\r\n\r\n", 4) && have < (ssize_t)sizeof text - 1) {
		got = read(end, text + have, sizeof text - 1 - have);
		have += got > 0 ? got : 0;
		text[have] = 0;
	}
	snprintf(asked->line, sizeof asked->line, "%.*s", (int)strcspn(text, "\r\n"), text);
	agent = strcasestr(text, "\r\nUser-Agent: ");
	agent = agent ? agent + 14 : "-";
	snprintf(asked->agent, sizeof asked->agent, "%.*s", (int)strcspn(agent, "\r\n"), agent);
	for (char *each = asked->line; *each; each++)
		*each = *each < ' ' || *each > '~' || *each == '"' ? '?' : *each;
	for (char *each = asked->agent; *each; each++)
		*each = *each < ' ' || *each > '~' || *each == '"' ? '?' : *each;
	return sscanf(asked->line, "%15s %255s", asked->method, asked->target) == 2 && asked->target[0] == '/';
}

static void work(int door, int log)
{
	struct request asked;
	long long bytes;
	char now[40];

	for (;;) {
		int end = accept4(door, NULL, NULL, SOCK_CLOEXEC), status = 400;
		time_t seconds = time(NULL);

		if (end < 0)
			continue;
		name_client(end, asked.client, sizeof asked.client);
		bytes = 0;
		if (read_request(end, &asked))
			status = answer(end, &asked, &bytes);
		strftime(now, sizeof now, "%d/%b/%Y:%H:%M:%S +0000", gmtime(&seconds));
		dprintf(log, "%s - - [%s] \"%s\" %d %lld \"-\" \"%s\"\n", asked.client, now, asked.line, status, bytes, asked.agent);
		close(end);
	}
}

int main(void)
{
	int log = open(LOG, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640), door = listening(ADDRESS, PORT), uid = atoi(UID);

	if (log < 0 || door < 0 || (getpid() != 1 && daemon(0, 0)))
		return 1;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	for (int left = atoi(WORKERS); left > 0; left--)
		if (fork() == 0) {
			if (uid && (setgid(uid) || setuid(uid)))
				return 1;
			work(door, log);
		}
	for (;;)
		pause();
}
