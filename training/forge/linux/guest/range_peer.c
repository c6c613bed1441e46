/* range-peer: the one stage hand of a Linux exhibit. It plays the world outside the machine, presses the keys of the people in
 * the story, and after the freeze writes down what the machine was like. Called with "prepare" or "dates" it only makes the
 * machine ready and ends. Else it takes no arguments: the forge tells it what to do, one order a line, in the file
 * /opt/range/orders and then over the second serial line, where it gets one answer a line. Fields of an order are parted by tabs.
 *
 *   serve ADDRESS PORT FOLDER     answer HTTP requests with the files of a folder
 *   listen ADDRESS PORT THEN HEARS accept connections and "keep" them, "close" them at once, or "answer" each line
 *   call FROM TO PORT             connect from an outside address and keep the connection
 *   step FIELDS                   learn a step of the play (play.c)
 *   play                          play it
 *   hand PATH                     give a file of the machine away, gzipped: "ok BYTES", then the bytes
 *   truth PATHS                   write down the truth (collect.c); the last line is {"kind": "end"}
 *   maps PIDS                     write down memory maps and environments (collect.c), with the same last line
 *   rest                          from now on sleep between orders: for a machine that lives in real time
 *
 * Of a machine that lives:
 *
 *   later TRACK FIELDS            learn a step of the living play (live.c)
 *   when SIGN TRACK LEAST         fire a track when the outside notices "lookup" or a "gap" of so many seconds
 *   names ADDRESS                 answer name look-ups there (names.c)
 *   name NAME ADDRESS             know a name
 *   outsider ADDRESS              an address that a filter of the link stops
 *   live                          begin the living play: this is the arrival
 *   skip                          the pause before its next step ends now
 *   fire TRACK                    do a track's steps now
 *   gap SECONDS                   the machine stood still so long, while the outside went on
 *   link leave|cut|filter         the way to the outside (link.c)
 *   clock                         "ok SECONDS.NANOSECONDS"
 *   events                        what happened since arrival
 *   footprint                     what was done at the console since (footprint.c); both with the same last line
 *
 * Answers are "ok SECONDS" with the machine's clock, or "no REASON". The first line it says is "ready", or "failed" and the line
 * of the machine's start that failed.
 */
#define _GNU_SOURCE
#include "range_peer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <termios.h>
#include <unistd.h>

#define KEPT_FREE (8UL << 20)
#define STEP (1UL << 20)
#define JUST_AFTER 20000000 /* nanoseconds: more than the clock moves while it is being set */
#define A_YEAR (365L * 86400 * 1000)
#define FOLDER "/opt/range"
#define DATES FOLDER "/dates"
#define ORDERS FOLDER "/orders"
#define FAILED "/run/failed"

static int rests;

/* Used after the freeze only: it starts a program and leaves a file. */
static const char *hand(const char *path, FILE *out)
{
	char command[300], block[4096];
	struct stat what;
	ssize_t got;
	int file;

	snprintf(command, sizeof command, "gzip -c %s > /run/handed", path);
	if (*path != '/' || path[strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_.-")] || system(command))
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

/* The account is put together before it is sent: it is of one moment, however slow the line is. */
static void write_down(void (*write)(FILE *, char *), char *about, FILE *out)
{
	char *text = NULL;
	size_t size = 0;
	FILE *account = open_memstream(&text, &size);

	write(account, about);
	fclose(account);
	fwrite(text, 1, size, out);
	free(text);
}

static void truth(FILE *out, char *paths)
{
	tell_lived(out);
	collect(out, lines, line_count, events, event_count, paths);
}

static const char *listen_at(char **field)
{
	int known = !strcmp(field[2], CLOSES) || !strcmp(field[2], ANSWERS);

	return open_door(field[0], field[1], known ? field[2] : "", field[3]);
}

static const char *begin(void)
{
	rests = 1;
	return begin_living();
}

/* Orders of a machine that lives. */
static const char *obey_living(const char *kind, char **field)
{
	if (!strcmp(kind, "when"))
		return when(field[0], field[1], field[2]);
	if (!strcmp(kind, "names"))
		return answer_names(field[0]);
	if (!strcmp(kind, "name"))
		return know_name(field[0], field[1]);
	if (!strcmp(kind, "outsider"))
		return outsider(field[0]);
	if (!strcmp(kind, "live"))
		return begin();
	if (!strcmp(kind, "skip"))
		return skip();
	if (!strcmp(kind, "fire"))
		return fire(field[0]);
	if (!strcmp(kind, "gap"))
		return noticed("gap", atof(field[0]));
	return strcmp(kind, "link") ? "not understood" : set_link(field[0]);
}

static void tell_clock(FILE *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	fprintf(out, "ok %lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
}

static void events_of(FILE *out, char *nothing)
{
	(void)nothing;
	tell_events(out);
}

static void footprint_of(FILE *out, char *nothing)
{
	(void)nothing;
	tell_footprint(out);
}

static void obey(char *order, FILE *out)
{
	char *rest = order, *kind = strsep(&rest, "\t"), *about = rest ? rest : "", *field[4] = {"", "", "", ""};
	const char *wrong = NULL;

	if (!strcmp(kind, "truth"))
		return write_down(truth, about, out);
	if (!strcmp(kind, "maps"))
		return write_down(collect_maps, about, out);
	if (!strcmp(kind, "events"))
		return write_down(events_of, about, out);
	if (!strcmp(kind, "footprint"))
		return write_down(footprint_of, about, out);
	if (!strcmp(kind, "play"))
		return play(out);
	if (!strcmp(kind, "clock"))
		return tell_clock(out);
	if (!strcmp(kind, "step"))
		wrong = learn(about);
	else if (!strcmp(kind, "later"))
		wrong = learn_later(about);
	else
		for (int i = 0; i < 4 && rest; i++)
			field[i] = strsep(&rest, "\t");
	if (!strcmp(kind, "hand") && !(wrong = hand(field[0], out)))
		return;
	if (!strcmp(kind, "serve"))
		wrong = open_door(field[0], field[1], field[2], "");
	else if (!strcmp(kind, "listen"))
		wrong = listen_at(field);
	else if (!strcmp(kind, "call"))
		wrong = call(field[0], field[1], field[2]);
	else if (!strcmp(kind, "rest"))
		rests = 1;
	else if (strcmp(kind, "step") && strcmp(kind, "later") && strcmp(kind, "hand"))
		wrong = obey_living(kind, field);
	if (wrong)
		fprintf(out, "no %s (%s)\n", wrong, strerror(errno));
	else
		fprintf(out, "ok %lld\n", (long long)time(NULL));
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

/* The content of a list that lies beside this program, or an empty text. The list is wiped and goes, and the folder keeps its
 * date: nothing of the story may be found there.
 */
static char *taken(const char *path, size_t *size)
{
	int file = open(path, O_RDWR | O_CLOEXEC), folder = open(FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat list = {.st_size = 0}, above;
	char *text, *zeros;

	if (file >= 0)
		fstat(file, &list);
	fstat(folder, &above);
	*size = list.st_size;
	text = calloc(1, *size + 1);
	zeros = calloc(1, *size + 1);
	if (file >= 0 && (pread(file, text, *size, 0) != list.st_size || pwrite(file, zeros, *size, 0) != list.st_size || unlink(path)))
		exit(1);
	futimens(folder, (struct timespec[]){above.st_atim, above.st_mtim});
	free(zeros);
	close(folder);
	close(file);
	return text;
}

/* Gives files and folders the dates of a list, "SECONDS PATH" a line. The kernel dates the folders of an initramfs itself, but
 * where two archives hold one the first wins, and the machine's start has written to some since.
 */
static int give_dates(void)
{
	size_t size;
	int failed = 0;

	for (char *rest = taken(DATES, &size), *line; (line = strsep(&rest, "\n")) && *line;) {
		char *path;
		struct timespec date = {strtoll(line, &path, 10), 0}, both[] = {date, date};

		failed |= utimensat(AT_FDCWD, path + 1, both, AT_SYMLINK_NOFOLLOW);
	}
	return failed;
}

/* Obeys the orders of a list: a machine that is told nothing by the host until its play is over does the same each time. */
static void follow(FILE *out)
{
	size_t size;
	char *list = taken(ORDERS, &size), *rest = list, *line;

	while ((line = strsep(&rest, "\n")) && *line) {
		obey(line, out);
		fflush(out);
	}
	explicit_bzero(list, size);
	free(list);
}

static void greet(FILE *out)
{
	char reason[400] = "";
	FILE *failed = fopen(FAILED, "re");

	if (failed && fgets(reason, sizeof reason, failed))
		fprintf(out, "failed %s\n", reason);
	else
		fprintf(out, "ready\n");
	if (failed)
		fclose(failed);
	fflush(out);
}

int main(int count, char **arguments)
{
	static char order[8192];
	size_t have = 0;
	struct termios raw;
	int line = open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC);
	FILE *out = fdopen(fcntl(line, F_DUPFD_CLOEXEC, 0), "w");

	if (count > 1 && !strcmp(arguments[1], "prepare")) {
		clear_free_memory();
		return set_clock() != 0;
	}
	if (count > 1 && !strcmp(arguments[1], "dates"))
		return give_dates() != 0;
	if (line < 0 || !out || tcgetattr(line, &raw))
		return 1;
	signal(SIGPIPE, SIG_IGN);
	cfmakeraw(&raw);
	cfsetspeed(&raw, B115200);
	tcsetattr(line, TCSANOW, &raw);
	greet(out);
	follow(out);
	for (;;) {
		long due = until_due();

		if (due == SPIN && rests)
			due = A_YEAR;
		if (!stand_by(due, line) || read(line, order + have, 1) != 1) {
			do_due();
			continue;
		}
		if (order[have++] == '\n') {
			order[have - 1] = 0;
			obey(order, out);
			fflush(out);
			memset(order, 0, sizeof order);
			have = 0;
		}
		have %= sizeof order;
	}
}
