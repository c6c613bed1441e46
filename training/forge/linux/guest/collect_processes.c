/* The collector's part on processes: what each is, what it holds open, and which namespaces there are. */
#define _GNU_SOURCE
#include "collect.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_PROCESSES 4096
#define KERNEL_THREAD 0x00200000 /* PF_KTHREAD */

static const char GONE[] = " (deleted)";

static void link_of(FILE *out, const char *pid, const char *name)
{
	static char path[64], target[LONGEST_PATH];
	ssize_t length;

	snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
	length = readlink(path, target, sizeof target);
	fprintf(out, ", \"%s\": ", name);
	text(out, target, length > 0 ? length : 0);
}

static unsigned long space_of(const char *pid, const char *name)
{
	char path[64], target[64];
	ssize_t length;

	snprintf(path, sizeof path, "/proc/%s/ns/%s", pid, name);
	length = readlink(path, target, sizeof target - 1);
	target[length > 0 ? length : 0] = 0;
	return strchr(target, '[') ? strtoul(strchr(target, '[') + 1, NULL, 10) : 0;
}

static void remember(struct spaces *known, unsigned long inode, int pid)
{
	for (int i = 0; i < known->count; i++)
		if (known->all[i].inode == inode)
			return;
	if (inode && known->count < MOST_SPACES)
		known->all[known->count++] = (struct space){inode, pid};
}

static void spaces(FILE *out, const char *pid, struct spaces *networks, struct spaces *mounts)
{
	static const char *const kinds[] = {"mnt", "net", "pid", "uts"};
	unsigned long inodes[4];

	fprintf(out, ", \"namespaces\": {");
	for (int i = 0; i < 4; i++) {
		inodes[i] = space_of(pid, kinds[i]);
		fprintf(out, "%s\"%s\": %lu", i ? ", " : "", kinds[i], inodes[i]);
	}
	fprintf(out, "}");
	remember(mounts, inodes[0], atoi(pid));
	remember(networks, inodes[1], atoi(pid));
}

static void threads(FILE *out, const char *pid)
{
	char path[64];
	const char *comma = "";
	struct dirent *each;
	DIR *folder;

	snprintf(path, sizeof path, "/proc/%s/task", pid);
	folder = opendir(path);
	fprintf(out, ", \"threads\": [");
	while (folder && (each = readdir(folder)))
		if (isdigit((unsigned char)each->d_name[0]) && strcmp(each->d_name, pid)) {
			fprintf(out, "%s%s", comma, each->d_name);
			comma = ", ";
		}
	fprintf(out, "]");
	if (folder)
		closedir(folder);
}

static const char *kind_of(const struct stat *what, const char *path)
{
	if (S_ISREG(what->st_mode))
		return strncmp(path, "/memfd:", 7) ? "reg" : "memfd";
	return S_ISDIR(what->st_mode) ? "dir" : S_ISCHR(what->st_mode) ? "chr" : S_ISSOCK(what->st_mode) ? "sock" :
		S_ISFIFO(what->st_mode) ? "pipe" : "other";
}

static void open_file(FILE *out, const char *pid, int folder, const char *number)
{
	static char path[LONGEST_PATH];
	struct stat what;
	ssize_t length = readlinkat(folder, number, path, sizeof path - 1);
	const size_t tail = sizeof GONE - 1;
	int gone;

	if (length < 0 || fstatat(folder, number, &what, 0))
		return;
	path[length] = 0;
	gone = (size_t)length > tail && !strcmp(path + length - tail, GONE);
	fprintf(out, "{\"kind\": \"open\", \"pid\": %s, \"fd\": %s, \"path\": ", pid, number);
	text(out, path, length - (gone ? tail : 0));
	fprintf(out, ", \"deleted\": %s, \"type\": \"%s\", \"inode\": %lu, \"size\": %lld}\n", gone ? "true" : "false",
		kind_of(&what, path), (unsigned long)what.st_ino, (long long)what.st_size);
}

/* The descriptor by which this very list is read is left out. */
static void open_files(FILE *out, const char *pid)
{
	char path[64];
	struct dirent *each;
	DIR *folder;

	snprintf(path, sizeof path, "/proc/%s/fd", pid);
	folder = opendir(path);
	while (folder && (each = readdir(folder)))
		if (isdigit((unsigned char)each->d_name[0]) && !(atoi(pid) == getpid() && atoi(each->d_name) == dirfd(folder)))
			open_file(out, pid, dirfd(folder), each->d_name);
	if (folder)
		closedir(folder);
}

static unsigned number_in(const char *status, const char *label)
{
	const char *found = strstr(status, label);

	return found ? strtoul(found + strlen(label), NULL, 10) : 0;
}

/* The PIDs in nested namespaces: what follows the first on the line NSpid. */
static void inner(FILE *out, const char *status)
{
	const char *at = strstr(status, "\nNSpid:");
	const char *comma = "";
	char *next;

	fprintf(out, ", \"inner\": [");
	if (at)
		strtoul(at + 7, &next, 10);
	while (at && *next == '\t') {
		fprintf(out, "%s%lu", comma, strtoul(next, &next, 10));
		comma = ", ";
	}
	fprintf(out, "]");
}

static void words(FILE *out, const char *pid)
{
	static char path[64], line[65536];
	size_t length;

	snprintf(path, sizeof path, "/proc/%s/cmdline", pid);
	length = slurp(path, line, sizeof line);
	fprintf(out, ", \"args\": ");
	text(out, line, length);
}

static void process(FILE *out, const char *pid, struct spaces *networks, struct spaces *mounts)
{
	static char stat[4096], status[8192];
	char path[64], *name, *after;
	int parent, terminal;
	unsigned flags;
	unsigned long long ticks;

	snprintf(path, sizeof path, "/proc/%s/stat", pid);
	slurp(path, stat, sizeof stat);
	name = strchr(stat, '(');
	after = strrchr(stat, ')');
	if (!name || !after || sscanf(after + 4, "%d %*d %*d %d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
		&parent, &terminal, &flags, &ticks) != 4)
		return;
	snprintf(path, sizeof path, "/proc/%s/status", pid);
	slurp(path, status, sizeof status);
	fprintf(out, "{\"kind\": \"process\", \"pid\": %s, \"ppid\": %d, \"terminal\": %d, \"state\": \"%c\", "
		"\"ticks\": %llu, \"kthread\": %s, \"uid\": %u, \"gid\": %u, \"tracer\": %u, \"comm\": ",
		pid, parent, terminal, after[2], ticks,
		flags & KERNEL_THREAD ? "true" : "false", number_in(status, "\nUid:"), number_in(status, "\nGid:"),
		number_in(status, "\nTracerPid:"));
	text(out, name + 1, after - name - 1);
	inner(out, status);
	words(out, pid);
	link_of(out, pid, "exe");
	link_of(out, pid, "root");
	link_of(out, pid, "cwd");
	spaces(out, pid, networks, mounts);
	threads(out, pid);
	fprintf(out, "}\n");
	if (!(flags & KERNEL_THREAD))
		open_files(out, pid);
}

/* The PIDs are noted first, so that no folder of ours is open while a process, this one too, says what it holds. */
void collect_processes(FILE *out, struct spaces *networks, struct spaces *mounts)
{
	static int pids[MOST_PROCESSES];
	int count = 0;
	char pid[16];
	struct dirent *each;
	DIR *folder = opendir("/proc");

	while (folder && count < MOST_PROCESSES && (each = readdir(folder)))
		if (isdigit((unsigned char)each->d_name[0]))
			pids[count++] = atoi(each->d_name);
	if (folder)
		closedir(folder);
	for (int i = 0; i < count; i++) {
		snprintf(pid, sizeof pid, "%d", pids[i]);
		process(out, pid, networks, mounts);
	}
}
