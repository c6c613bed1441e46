/* lsof [PID]...: what processes have open: program, working folder, and each descriptor with what it leads to.
 *
 * Read from the links of /proc/PID; a file that was removed has " (deleted)" behind its path, as the kernel says it. Nothing is
 * opened but folders of /proc, so that no time of access moves on a disk.
 */
#include "processes.h"

static struct text out = {.to = OUT}, err = {.to = ERR};

struct holder {
	uint64_t pid;
	char name[32];
};

static void row(const struct holder *holder, const char *what, const char *link)
{
	static char target[4096];
	char path[PATH_ROOM];
	long size = ask(__NR_readlink, (long)proc_path(path, holder->pid, link), (long)target, sizeof target, 0);

	if (size == -ENOENT) /* the program of a thread of the kernel */
		return;
	put_number_cell(&out, holder->pid, 8);
	put_cell(&out, holder->name, 17);
	put_cell(&out, what, 5);
	if (size < 0)
		put_error(&out, size);
	else
		put_safe(&out, target, (size_t)size);
	put(&out, "\n");
}

static void descriptor(uint64_t number, void *with)
{
	struct text link = {.to = -1};

	put(&link, "fd/");
	put_number(&link, number);
	row(with, string(&link) + 3, link.bytes);
}

static void process(uint64_t pid, void *with)
{
	struct holder holder = {.pid = pid};
	char path[PATH_ROOM];
	const char *name = name_of(holder.name, pid);

	(void)with;
	if (name != holder.name)
		memcpy(holder.name, name, length(name) + 1);
	row(&holder, "exe", "exe");
	row(&holder, "cwd", "cwd");
	numbered(proc_path(path, pid, "fd"), descriptor, &holder);
}

int program(int count, char **words)
{
	long answer = 0;

	for (int i = 1; i < count; i++) {
		const char *at = words[i];
		uint64_t pid;

		if (!number_at(&at, 10, &pid) || *at || pid > LARGEST_PID) {
			put(&err, "usage: lsof [PID]...\n");
			send(&err);
			return 2;
		}
	}
	put(&out, "PID     NAME             FD   LEADS TO\n");
	for (int i = 1; i < count; i++) {
		const char *at = words[i];
		uint64_t pid = 0;

		number_at(&at, 10, &pid);
		process(pid, NULL);
	}
	if (count == 1)
		answer = numbered("/proc", process, NULL);
	if (answer < 0) {
		put(&err, "lsof: /proc: ");
		put_error(&err, answer);
		put(&err, "\n");
		send(&err);
	}
	return send(&out) && answer >= 0 ? 0 : 1;
}
