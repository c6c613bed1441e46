/* The truth: what this machine is like at this moment, written by the machine itself, one JSON object a line.
 *
 * Bytes that are no plain ASCII are written as \u00XX, one for each byte. Nothing is started for it: no process appears.
 */
#define _GNU_SOURCE
#include "range_peer.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

static void text(FILE *out, const char *bytes, size_t length)
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

static void named(FILE *out, const char *key, const char *value)
{
	fprintf(out, "\"%s\": ", key);
	text(out, value, strlen(value));
}

static size_t slurp(const char *path, char *into, size_t room)
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

static void sockets_held(FILE *out, const char *pid)
{
	char path[300], link[64];
	struct dirent *each;
	DIR *folder;

	snprintf(path, sizeof path, "/proc/%s/fd", pid);
	folder = opendir(path);
	while (folder && (each = readdir(folder))) {
		ssize_t length = readlinkat(dirfd(folder), each->d_name, link, sizeof link - 1);

		link[length > 0 ? length : 0] = 0;
		if (!strncmp(link, "socket:[", 8))
			fprintf(out, "{\"kind\": \"holds\", \"pid\": %s, \"inode\": %d}\n", pid, atoi(link + 8));
	}
	if (folder)
		closedir(folder);
}

static void process(FILE *out, const char *pid)
{
	static char stat[4096], status[8192], words[65536], exe[4096], comm[32];
	char path[300], *after;
	int parent, session, terminal;
	unsigned uid = 0;
	unsigned long long ticks;
	size_t length;
	ssize_t linked;

	snprintf(path, sizeof path, "/proc/%s/stat", pid);
	slurp(path, stat, sizeof stat);
	if (!(after = strrchr(stat, ')')))
		return;
	snprintf(comm, sizeof comm, "%.*s", (int)(after - strchr(stat, '(') - 1), strchr(stat, '(') + 1);
	if (sscanf(after + 4, "%d %*d %d %d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &parent, &session, &terminal, &ticks) != 4)
		return;
	snprintf(path, sizeof path, "/proc/%s/status", pid);
	slurp(path, status, sizeof status);
	if (strstr(status, "\nUid:"))
		sscanf(strstr(status, "\nUid:"), "\nUid: %u", &uid);
	snprintf(path, sizeof path, "/proc/%s/cmdline", pid);
	length = slurp(path, words, sizeof words);
	snprintf(path, sizeof path, "/proc/%s/exe", pid);
	linked = readlink(path, exe, sizeof exe - 1);
	fprintf(out, "{\"kind\": \"process\", \"pid\": %s, \"ppid\": %d, \"session\": %d, \"terminal\": %d, \"uid\": %u, \"state\": \"%c\", \"ticks\": %llu, ",
		pid, parent, session, terminal, uid, after[2], ticks);
	named(out, "comm", comm);
	fprintf(out, ", \"exe\": ");
	text(out, exe, linked > 0 ? linked : 0);
	fprintf(out, ", \"args\": ");
	text(out, words, length);
	fprintf(out, "}\n");
	sockets_held(out, pid);
}

static void processes(FILE *out)
{
	struct dirent *each;
	DIR *folder = opendir("/proc");

	while (folder && (each = readdir(folder)))
		if (isdigit((unsigned char)each->d_name[0]))
			process(out, each->d_name);
	if (folder)
		closedir(folder);
}

static void sockets(FILE *out)
{
	static const char *const tables[] = {"tcp", "tcp6", "udp", "udp6"};
	static char line[1024];

	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		snprintf(line, sizeof line, "/proc/net/%s", tables[i]);
		FILE *table = fopen(line, "re");

		while (table && fgets(line, sizeof line, table)) {
			char own[64], peer[64];
			unsigned state, inode;

			if (sscanf(line, " %*d: %63s %63s %x %*s %*s %*s %*u %*d %u", own, peer, &state, &inode) == 4)
				fprintf(out, "{\"kind\": \"socket\", \"protocol\": \"%s\", \"local\": \"%s\", \"remote\": \"%s\", \"state\": %u, \"inode\": %u}\n",
					tables[i], own, peer, state, inode);
		}
		if (table)
			fclose(table);
	}
}

static void files(FILE *out, char *paths)
{
	for (char *path = strtok(paths, " "); path; path = strtok(NULL, " ")) {
		static char content[65536];
		struct stat what;
		int lines = 0;

		if (stat(path, &what))
			continue;
		for (size_t i = 0, length = slurp(path, content, sizeof content); i < length; i++)
			lines += content[i] == '\n';
		fprintf(out, "{\"kind\": \"file\", ");
		named(out, "path", path);
		fprintf(out, ", \"size\": %lld, \"modified\": %lld, \"lines\": %d}\n", (long long)what.st_size, (long long)what.st_mtime, lines);
	}
}

void collect(FILE *out, const struct typed *lines, int count, char *paths)
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
	for (int i = 0; i < count; i++) {
		fprintf(out, "{\"kind\": \"typed\", ");
		named(out, "terminal", lines[i].terminal);
		fprintf(out, ", ");
		named(out, "text", lines[i].text);
		fprintf(out, ", \"seconds\": %lld}\n", (long long)lines[i].seconds);
	}
	processes(out);
	sockets(out);
	files(out, paths);
	fprintf(out, "{\"kind\": \"end\"}\n");
}
