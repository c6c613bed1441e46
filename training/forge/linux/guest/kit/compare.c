/* compare [FILE]: processes that one way of looking shows and another one doesn't.
 *
 * The ways: the listing of /proc; /proc/N itself, for every number N; kill(N, 0), which sends nothing; sched_getscheduler(N).
 * A number that answers and isn't listed is the thread of a listed process (those are in /proc/PID/task), or hidden.
 * With a FILE a fifth way: the first number of each of its lines, as in what the machine's own ps printed.
 *
 * What differs is looked at twice: processes come and go meanwhile. A kernel that lies in all ways alike is not caught.
 * Exit code: 0 nothing differs, 1 something does, 2 it couldn't be found out.
 */
#include "processes.h"

#include <asm/fcntl.h>
#include <asm/stat.h>

enum { LISTED = 1, STAT = 2, KILL = 4, SCHED = 8, THREAD = 16, GIVEN = 32, BEFORE = 64 };
#define ASKED (STAT | KILL | SCHED)
#define LARGEST_LIST (256 << 10)

static const struct {
	unsigned way;
	const char *name;
} ways[] = {{LISTED, "listed"}, {STAT, "stat"}, {KILL, "kill"}, {SCHED, "sched"}, {GIVEN, "file"}};

static unsigned char found[LARGEST_PID + 1];
static char list[LARGEST_LIST];
static uint64_t most;
static unsigned wanted = LISTED | ASKED;
static struct text out = {.to = OUT}, err = {.to = ERR};

static int complain(const char *about, long error)
{
	put(&err, "compare: ");
	put_safe(&err, about, length(about));
	put(&err, ": ");
	if (error)
		put_error(&err, error);
	else
		put(&err, "is longer than 256 KiB");
	put(&err, "\n");
	send(&err);
	return 0;
}

static void mark(uint64_t number, void *with)
{
	if (number && number <= most)
		found[number] |= *(const unsigned char *)with;
}

static void threads(uint64_t number, void *with)
{
	char path[PATH_ROOM];
	unsigned char listed = LISTED;

	mark(number, &listed);
	numbered(proc_path(path, number, "task"), mark, with);
}

/* All ways once; what differed the time before stays marked as such. */
static int look(void)
{
	unsigned char thread = THREAD;
	char path[PATH_ROOM];
	struct stat about;
	long answer = numbered("/proc", threads, &thread);

	if (answer < 0)
		return complain("/proc", answer);
	for (uint64_t n = 1; n <= most; n++) {
		if (!ask(__NR_stat, (long)proc_path(path, n, ""), (long)&about, 0, 0))
			found[n] |= STAT;
		answer = ask(__NR_kill, (long)n, 0, 0, 0);
		if (!answer || answer == -EPERM)
			found[n] |= KILL;
		if (ask(__NR_sched_getscheduler, (long)n, 0, 0, 0) >= 0)
			found[n] |= SCHED;
	}
	return 1;
}

static int differs(uint64_t n)
{
	unsigned here = found[n] & wanted;

	if (found[n] & THREAD && !(found[n] & LISTED))
		return 0;
	return here && here != wanted && n != (uint64_t)ask(__NR_getpid, 0, 0, 0, 0);
}

/* What differs and differed in the first look too is then marked so. */
static int look_twice(void)
{
	int any = 0;

	if (!look())
		return 0;
	for (uint64_t n = 1; n <= most && !any; n++)
		any = differs(n);
	if (!any)
		return 1;
	for (uint64_t n = 1; n <= most; n++)
		found[n] = (found[n] & GIVEN) | (differs(n) ? BEFORE : 0);
	return look();
}

static int is_end(char each)
{
	return !each || each == '\n';
}

static int is_space(char each)
{
	return each == ' ' || each == '\t' || each == '\r';
}

/* The first word of a line that is a number, 0 where none is. */
static uint64_t first_number(const char **at)
{
	while (!is_end(**at)) {
		uint64_t number;

		while (is_space(**at))
			++*at;
		if (number_at(at, 10, &number) && (is_end(**at) || is_space(**at)))
			return number;
		while (!is_end(**at) && !is_space(**at))
			++*at;
	}
	return 0;
}

static int read_list(const char *path)
{
	long size = slurp(path, list, sizeof list);
	const unsigned char given = GIVEN;

	if (size < 0 || size == sizeof list - 1)
		return complain(path, size < 0 ? size : 0);
	for (const char *at = list; *at; at += *at == '\n') {
		mark(first_number(&at), (void *)&given);
		while (*at && *at != '\n')
			at++;
	}
	wanted |= GIVEN;
	return 1;
}

static void row(uint64_t n)
{
	char name[32];
	uint64_t process = status_of(n, "Tgid:", n);

	put_number_cell(&out, n, 9);
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (wanted & ways[i].way)
			put_cell(&out, found[n] & ways[i].way ? "yes" : "no", 8);
	put(&out, name_of(name, n));
	if (process != n) {
		put(&out, " (thread of ");
		put_number(&out, process);
		put(&out, ")");
	}
	put(&out, "\n");
}

static uint64_t count(unsigned way)
{
	uint64_t all = 0;

	for (uint64_t n = 1; n <= most; n++)
		all += found[n] & way && (way != ASKED || !(found[n] & THREAD) || found[n] & LISTED);
	return all;
}

static int tell(void)
{
	int differing = 0;

	for (uint64_t n = 1; n <= most; n++) {
		if (!differs(n) || !(found[n] & BEFORE))
			continue;
		if (!differing++) {
			put_cell(&out, "PID", 9);
			for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
				if (wanted & ways[i].way)
					put_cell(&out, ways[i].name, 8);
			put(&out, "NAME\n");
		}
		row(n);
	}
	put_number(&out, count(LISTED));
	put(&out, " processes listed, ");
	put_number(&out, count(ASKED));
	put(&out, " answered of numbers 1 to ");
	put_number(&out, most);
	if (wanted & GIVEN) {
		put(&out, ", ");
		put_number(&out, count(GIVEN));
		put(&out, " in the file");
	}
	put(&out, "; ");
	put_number(&out, (uint64_t)differing);
	put(&out, differing == 1 ? " differs\n" : " differ\n");
	return send(&out) ? differing > 0 : 2;
}

int program(int words_count, char **words)
{
	static char text[32];
	const char *at = text;
	long size = slurp("/proc/sys/kernel/pid_max", text, sizeof text);

	if (words_count > 2) {
		put(&err, "usage: compare [FILE] (FILE: a list of processes, of which the first number of each line counts)\n");
		send(&err);
		return 2;
	}
	if (size <= 0 || !number_at(&at, 10, &most) || most > LARGEST_PID)
		return complain("/proc/sys/kernel/pid_max", size < 0 ? size : -EINVAL), 2;
	if (words_count == 2 && !read_list(words[1]))
		return 2;
	return look_twice() ? tell() : 2;
}
