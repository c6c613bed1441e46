/* The truth: what this machine is like at this moment, written by the machine itself, one JSON object a line.
 *
 * Bytes that are no plain ASCII are written as \u00XX, one for each byte. Nothing is started for it: no process
 * appears, no module is asked for, no time of access moves.
 */
#define _GNU_SOURCE
#include "collect.h"
#include "range_peer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

void text(FILE *out, const char *bytes, size_t length)
{
	putc('"', out);
	for (size_t i = 0; i < length; i++) {
		unsigned char each = bytes[i];

		if (each < 0x20 || each > 0x7e || each == '"' || each == '\\')
			fprintf(out, "\\u%04x", each);
		else
			putc(each, out);
	}
	putc('"', out);
}

void named(FILE *out, const char *key, const char *value)
{
	fprintf(out, "\"%s\": ", key);
	text(out, value, strlen(value));
}

size_t slurp(const char *path, char *into, size_t room)
{
	size_t have = 0;
	ssize_t got;
	int file = open(path, O_RDONLY | O_CLOEXEC);

	while (file >= 0 && have < room - 1 && (got = read(file, into + have, room - 1 - have)) > 0)
		have += got;
	if (file >= 0)
		close(file);
	into[have] = 0;
	return have;
}

static void machine(FILE *out)
{
	struct timespec now, since;
	struct utsname name;

	uname(&name);
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &since);
	fprintf(out, "{\"kind\": \"machine\", ");
	named(out, "node", name.nodename);
	fprintf(out, ", ");
	named(out, "release", name.release);
	fprintf(out, ", ");
	named(out, "version", name.version);
	fprintf(out, ", \"now\": %lld.%09ld, \"uptime\": %lld.%09ld, \"hertz\": %ld}\n",
		(long long)now.tv_sec, now.tv_nsec, (long long)since.tv_sec, since.tv_nsec, sysconf(_SC_CLK_TCK));
}

void collect(FILE *out, const struct typed *lines, int lines_count, const struct event *events, int events_count,
	char *paths)
{
	struct spaces networks = {.count = 0}, mounts = {.count = 0};

	machine(out);
	for (int i = 0; i < lines_count; i++) {
		fprintf(out, "{\"kind\": \"typed\", ");
		named(out, "terminal", lines[i].terminal);
		fprintf(out, ", ");
		named(out, "text", lines[i].text);
		fprintf(out, ", \"seconds\": %lld}\n", lines[i].seconds);
	}
	for (int i = 0; i < events_count; i++) {
		fprintf(out, "{\"kind\": \"event\", ");
		named(out, "name", events[i].name);
		fprintf(out, ", \"seconds\": %lld.%09ld}\n", (long long)events[i].at.tv_sec, events[i].at.tv_nsec);
	}
	collect_processes(out, &networks, &mounts);
	collect_sockets(out, &networks);
	collect_addresses(out);
	collect_mounts(out, &mounts);
	collect_kernel(out);
	collect_files(out, paths);
	fprintf(out, "{\"kind\": \"end\"}\n");
}
