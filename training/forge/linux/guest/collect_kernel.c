/* The collector's part on the kernel: modules in both places where they show, log lines that name one, mounts. */
#define _GNU_SOURCE
#include "collect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_MODULES 256
#define LONGEST_NAME 64 /* MODULE_NAME_LEN */

static char names[MOST_MODULES][LONGEST_NAME];
static int names_count;

static void remember(const char *name)
{
	if (names_count < MOST_MODULES)
		snprintf(names[names_count++], LONGEST_NAME, "%.63s", name);
}

static void listed(FILE *out)
{
	static char line[4096];
	FILE *rows = fopen("/proc/modules", "re");

	while (rows && fgets(line, sizeof line, rows)) {
		char name[LONGEST_NAME], state[16], taint[32] = "";
		unsigned long size;

		if (sscanf(line, "%63s %lu %*s %*s %15s %*s (%31[^)]", name, &size, state, taint) < 3)
			continue;
		fprintf(out, "{\"kind\": \"listed\", \"name\": \"%s\", \"size\": %lu, \"state\": \"%s\", \"taint\": \"%s\"}\n",
			name, size, state, taint);
		remember(name);
	}
	if (rows)
		fclose(rows);
}

static size_t attribute(const char *module, const char *name, char *into, size_t room)
{
	char path[400];
	size_t length;

	snprintf(path, sizeof path, "/sys/module/%s/%s", module, name);
	length = slurp(path, into, room);
	into[strcspn(into, "\n")] = 0;
	return length;
}

/* What is built in has a folder here too, but no state. */
static void in_sysfs(FILE *out)
{
	char state[32], taint[32], size[32];
	struct dirent *each;
	DIR *folder = opendir("/sys/module");

	while (folder && (each = readdir(folder))) {
		if (each->d_name[0] == '.' || !attribute(each->d_name, "initstate", state, sizeof state))
			continue;
		attribute(each->d_name, "taint", taint, sizeof taint);
		attribute(each->d_name, "coresize", size, sizeof size);
		fprintf(out, "{\"kind\": \"sysfs\", ");
		named(out, "name", each->d_name);
		fprintf(out, ", \"size\": %lu, \"state\": \"%s\", \"taint\": \"%s\"}\n", strtoul(size, NULL, 10), state, taint);
		remember(each->d_name);
	}
	if (folder)
		closedir(folder);
}

/* One record of /dev/kmsg: "priority,number,microseconds,flags;text", then lines of detail. */
static void record(FILE *out, char *line)
{
	char *said = strchr(line, ';');
	long long microseconds;
	int wanted = 0;

	if (!said || sscanf(line, "%*u,%*u,%lld", &microseconds) != 1)
		return;
	said[1 + strcspn(said + 1, "\n")] = 0;
	for (int i = 0; i < names_count; i++)
		wanted |= strstr(said + 1, names[i]) != NULL;
	if (!wanted)
		return;
	fprintf(out, "{\"kind\": \"kernel\", \"microseconds\": %lld, ", microseconds);
	named(out, "text", said + 1);
	fprintf(out, "}\n");
}

static void kernel_log(FILE *out)
{
	static char line[8192];
	ssize_t got;
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	while (log >= 0 && ((got = read(log, line, sizeof line - 1)) > 0 || (got < 0 && errno == EPIPE))) {
		line[got > 0 ? got : 0] = 0; /* EPIPE: older records made room, the next read goes on after them */
		record(out, line);
	}
	if (log >= 0)
		close(log);
}

void collect_kernel(FILE *out)
{
	names_count = 0;
	listed(out);
	in_sysfs(out);
	kernel_log(out);
}

void collect_mounts(FILE *out, const struct spaces *mounts)
{
	static char line[2 * LONGEST_PATH];

	for (int i = 0; i < mounts->count; i++) {
		char path[64];
		FILE *rows;

		snprintf(path, sizeof path, "/proc/%d/mountinfo", mounts->all[i].pid);
		rows = fopen(path, "re");
		while (rows && fgets(line, sizeof line, rows)) {
			line[strcspn(line, "\n")] = 0;
			fprintf(out, "{\"kind\": \"mount\", \"namespace\": %lu, ", mounts->all[i].inode);
			named(out, "line", line);
			fprintf(out, "}\n");
		}
		if (rows)
			fclose(rows);
	}
}
