/* The footprint's part on processes, from the kernel's process connector (Documentation/driver-api/connector.rst). */
#define _GNU_SOURCE
#include "footprint.h"
#include "collect.h"
#include "range_peer.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONSOLE (4 << 8 | 64) /* ttyS0 */
#define ROOM (1 << 20)
#define MOST_BEFORE 1024
#define LONGEST_ARGUMENTS 512

/* A process of the console. Those that were there on arrival are known, but not told of. */
struct started {
	pid_t pid, parent;
	unsigned uid;
	int before, ended, status;
	struct timespec begin, end;
	char comm[16], *exe, *arguments;
	size_t length; /* of the arguments */
};

static struct { pid_t pid; char comm[16]; int ended, status; struct timespec at; } before[MOST_BEFORE];
static struct started *all[MOST_KEPT];
static int count, before_count, lost, connector = -1;

/* The latest process of a number, living or not. */
static struct started *own(pid_t pid)
{
	for (int i = count - 1; i >= 0; i--)
		if (all[i]->pid == pid)
			return all[i];
	return NULL;
}

int is_own(pid_t pid)
{
	return own(pid) != NULL;
}

static int terminal_of(pid_t pid, char *comm, char *state)
{
	char path[64], stat[512], *open, *close;
	int terminal = 0;

	*state = 0;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	slurp(path, stat, sizeof stat);
	open = strchr(stat, '(');
	close = strrchr(stat, ')');
	*comm = 0;
	if (open && close) {
		snprintf(comm, 16, "%.*s", (int)(close - open - 1), open + 1);
		sscanf(close + 2, "%c %*d %*d %*d %d", state, &terminal);
	}
	return terminal;
}

/* Reads what a process is, just after it became that. */
static void look_at(struct started *one)
{
	char path[64], text[LONGEST_ARGUMENTS], exe[LONGEST_ARGUMENTS], state;
	struct stat owner;
	ssize_t got;

	terminal_of(one->pid, one->comm, &state);
	snprintf(path, sizeof path, "/proc/%d", one->pid);
	one->uid = stat(path, &owner) ? one->uid : owner.st_uid;
	snprintf(path, sizeof path, "/proc/%d/cmdline", one->pid);
	got = slurp(path, text, sizeof text);
	if (got > 0 || !one->arguments) {
		free(one->arguments);
		one->arguments = malloc(got + 1);
		memcpy(one->arguments, text, got + 1);
		one->length = got;
	}
	snprintf(path, sizeof path, "/proc/%d/exe", one->pid);
	got = readlink(path, exe, sizeof exe - 1);
	if (got > 0 || !one->exe) {
		free(one->exe);
		exe[got > 0 ? got : 0] = 0;
		one->exe = strdup(exe);
	}
}

static struct started *add(pid_t pid, pid_t parent, int was_before)
{
	struct started *one;

	if (count == MOST_KEPT) {
		lost++;
		return NULL;
	}
	one = all[count++] = calloc(1, sizeof *one);
	one->pid = pid;
	one->parent = parent;
	one->before = was_before;
	clock_gettime(CLOCK_REALTIME, &one->begin);
	look_at(one);
	return one;
}

static void at_exec(pid_t pid)
{
	struct started *one = own(pid);
	char comm[16], state;

	if (one && !one->ended)
		look_at(one);
	else if (terminal_of(pid, comm, &state) == CONSOLE) /* the console itself, begun anew */
		add(pid, 1, 0);
}

static void at_exit(pid_t pid, int status)
{
	struct started *one = own(pid);

	if (one && !one->ended) {
		one->ended = 1;
		one->status = status;
		clock_gettime(CLOCK_REALTIME, &one->end);
	}
	for (int i = 0; i < before_count; i++)
		if (before[i].pid == pid && !before[i].ended) {
			before[i].ended = 1;
			before[i].status = status;
			clock_gettime(CLOCK_REALTIME, &before[i].at);
		}
}

static void take(const struct proc_event *told)
{
	switch (told->what) {
	case PROC_EVENT_FORK: {
		const struct started *parent = own(told->event_data.fork.parent_tgid);

		if (parent && !parent->ended && told->event_data.fork.child_pid == told->event_data.fork.child_tgid)
			add(told->event_data.fork.child_pid, parent->pid, 0);
		break;
	}
	case PROC_EVENT_EXEC:
		at_exec(told->event_data.exec.process_tgid);
		break;
	case PROC_EVENT_EXIT:
		if (told->event_data.exit.process_pid == told->event_data.exit.process_tgid)
			at_exit(told->event_data.exit.process_pid, told->event_data.exit.exit_code);
		break;
	default:
		break;
	}
}

void drain_processes(void)
{
	union { struct nlmsghdr head; char bytes[4096]; } got;
	ssize_t size;

	while ((size = recv(connector, &got, sizeof got, MSG_DONTWAIT)) > 0 || (size < 0 && errno == ENOBUFS)) {
		if (size < 0) {
			lost++;
			continue;
		}
		for (struct nlmsghdr *each = &got.head; NLMSG_OK(each, size); each = NLMSG_NEXT(each, size)) {
			const struct cn_msg *message = NLMSG_DATA(each);

			take((const void *)message->data);
		}
	}
}

/* Who is there on arrival: what belongs to the console, and all others, of which the end is worth a word. */
static void look_around(void)
{
	struct dirent *each;
	DIR *folder = opendir("/proc");
	char comm[16], state;

	while (folder && (each = readdir(folder))) {
		pid_t pid = isdigit((unsigned char)each->d_name[0]) ? atoi(each->d_name) : 0;

		if (!pid || pid == getpid())
			continue;
		if (terminal_of(pid, comm, &state) == CONSOLE) {
			add(pid, 1, 1);
		} else if (before_count < MOST_BEFORE) {
			before[before_count].pid = pid;
			snprintf(before[before_count++].comm, sizeof before[0].comm, "%s", comm);
		}
	}
	if (folder)
		closedir(folder);
}

int begin_processes(void)
{
	struct sockaddr_nl own_end = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
	struct { struct nlmsghdr head; struct cn_msg message; enum proc_cn_mcast_op wanted; } __attribute__((packed)) ask = {
		.head = {.nlmsg_len = sizeof ask, .nlmsg_type = NLMSG_DONE},
		.message = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof ask.wanted},
		.wanted = PROC_CN_MCAST_LISTEN,
	};
	int room = ROOM;

	connector = socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	setsockopt(connector, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
	if (bind(connector, (void *)&own_end, sizeof own_end) || send(connector, &ask, sizeof ask, 0) < 0)
		return -1;
	look_around();
	watch(connector, drain_processes);
	return 0;
}

static int holds(pid_t pid, const char *wanted)
{
	char path[64], target[64];
	struct dirent *each;
	DIR *folder;
	int found = 0;

	snprintf(path, sizeof path, "/proc/%d/fd", pid);
	folder = opendir(path);
	while (folder && !found && (each = readdir(folder))) {
		ssize_t got = readlinkat(dirfd(folder), each->d_name, target, sizeof target - 1);

		target[got > 0 ? got : 0] = 0;
		found = !strcmp(target, wanted);
	}
	if (folder)
		closedir(folder);
	return found;
}

pid_t own_holder(unsigned long inode)
{
	char wanted[64];

	drain_processes();
	snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
	for (int i = count - 1; i >= 0; i--)
		if (!all[i]->ended && holds(all[i]->pid, wanted))
			return all[i]->pid;
	return 0;
}

pid_t own_running(void)
{
	char comm[16], state;

	drain_processes();
	for (int i = count - 1; i >= 0; i--)
		if (!all[i]->ended && terminal_of(all[i]->pid, comm, &state) >= 0 && state == 'R')
			return all[i]->pid;
	return 0;
}

static void tell_process(FILE *out, const struct started *one)
{
	fprintf(out, "{\"kind\": \"started\", \"pid\": %d, \"ppid\": %d, \"uid\": %u, ", one->pid, one->parent, one->uid);
	named(out, "comm", one->comm);
	fprintf(out, ", ");
	named(out, "exe", one->exe);
	fprintf(out, ", \"args\": ");
	text(out, one->arguments, one->length);
	tell_moment(out, "begin", &one->begin);
	if (one->ended) {
		tell_moment(out, "end", &one->end);
		fprintf(out, ", \"status\": %d", one->status);
	}
	fprintf(out, "}\n");
}

void tell_processes(FILE *out)
{
	for (int i = 0; i < count; i++)
		if (!all[i]->before)
			tell_process(out, all[i]);
	for (int i = 0; i < before_count; i++)
		if (before[i].ended) {
			fprintf(out, "{\"kind\": \"ended\", \"pid\": %d, ", before[i].pid);
			named(out, "comm", before[i].comm);
			fprintf(out, ", \"status\": %d", before[i].status);
			tell_moment(out, "seconds", &before[i].at);
			fprintf(out, "}\n");
		}
	if (lost)
		fprintf(out, "{\"kind\": \"lost\", \"of\": \"processes\", \"count\": %d}\n", lost);
}
