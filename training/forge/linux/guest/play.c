/* The play: what happens inside the machine, step after step. The pauses are slept here and not by the host, so that they cost
 * nothing where the machine's clock jumps over sleep, and last as long as they should everywhere.
 *
 * A step is a text of fields parted by tabs: MILLISECONDS of pause before it, the NAME of the event or "-", and one of
 *
 *   press TERMINAL TEXT                        type a line and Enter; no text: Enter alone
 *   dial TERMINAL FROM TARGET                  log in to TARGET (name@address) over SSH from an outside address
 *   hang TERMINAL                              end that session as somebody who closes the window
 *   request FROM TO PORT METHOD PATH AGENT     ask for a page
 *   run LINE                                   run a shell line as root until it ends; nothing of it stays
 *   drop ADDRESS PORT                          the outside closes its connections there
 *   tell ADDRESS PORT TEXT                     the outside sends a line on them
 *   begin TRACK                                begin a track of the living play (live.c)
 *   end TRACK                                  end it before its time
 *   freeze                                     say "freeze"; the host stops the machine
 */
#define _GNU_SOURCE
#include "range_peer.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define BEGINNING 20  /* seconds after switching on: all plays of exhibits begin then, however long the host took to tell them */
#define PATIENCE 60000 /* milliseconds that a shell line may take */

static struct step steps[MOST_STEPS];
static int step_count;
struct typed lines[MOST_STEPS];
struct event events[MOST_STEPS];
int line_count, event_count;

static const struct { const char *name; int fields; } KINDS[] = {
	{"press", 5}, {"dial", 6}, {"hang", 4}, {"request", 9}, {"run", 4}, {"freeze", 3}, {"drop", 5}, {"tell", 6},
	{"begin", 4}, {"end", 4},
};

const char *read_step(struct step *step, const char *fields)
{
	int count = 0;

	step->size = strlen(fields);
	step->text = strdup(fields);
	for (char *rest = step->text; rest && count < MOST_FIELDS; count++)
		step->fields[count] = strsep(&rest, "\t");
	for (size_t i = 0; count > 2 && i < sizeof KINDS / sizeof *KINDS; i++)
		if (!strcmp(KINDS[i].name, step->fields[2]) && KINDS[i].fields == count)
			return NULL;
	forget_step(step);
	return "no such step";
}

void forget_step(struct step *step)
{
	explicit_bzero(step->text, step->size);
	free(step->text);
}

const char *learn(char *fields)
{
	const char *wrong = step_count == MOST_STEPS ? "too many steps" : read_step(&steps[step_count], fields);

	step_count += !wrong;
	return wrong;
}

/* A history time is a whole second: Enter is pressed well inside one, so that ours and the shell's are the same. */
static void wait_for_the_middle_of_a_second(void)
{
	struct timespec now;

	do {
		attend(20, -1);
		clock_gettime(CLOCK_REALTIME, &now);
	} while (now.tv_nsec < 200000000 || now.tv_nsec > 500000000);
}

static int press_key(int terminal, int is_session, char key)
{
	return is_session ? write(terminal, &key, 1) != 1 : ioctl(terminal, TIOCSTI, &key);
}

/* A person's keys are some 60 to 180 milliseconds apart. The sequence is fixed, so that a play can be played again. */
static long rhythm(void)
{
	static unsigned state = 1;

	state = state * 1103515245 + 12345;
	return 60 + (state >> 16) % 121;
}

static const char *press(const char *name, const char *text)
{
	int terminal = dialled(name), is_session = !strncmp(name, "ssh", 3), failed = 0;
	char path[32];

	if (!is_session) {
		snprintf(path, sizeof path, "/dev/%s", name);
		terminal = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	}
	if (terminal < 0)
		return "no such terminal";
	for (const char *key = text; *key; key++) {
		attend(rhythm(), -1);
		failed |= press_key(terminal, is_session, *key);
	}
	wait_for_the_middle_of_a_second();
	failed |= press_key(terminal, is_session, '\r');
	if (*text && line_count < MOST_STEPS) {
		snprintf(lines[line_count].terminal, sizeof lines[0].terminal, "%s", name);
		snprintf(lines[line_count].text, sizeof lines[0].text, "%s", text);
		lines[line_count++].seconds = time(NULL);
	}
	if (!is_session)
		close(terminal);
	return failed ? "a key was not taken" : NULL;
}

static void become(const char *line)
{
	int nothing = open("/dev/null", O_RDWR);

	setsid();
	signal(SIGPIPE, SIG_DFL);
	for (int end = 0; end < 3; end++)
		dup2(nothing, end);
	if (nothing > 2)
		close(nothing);
	execl("/bin/sh", "sh", "-c", line, (char *)NULL);
	_exit(127);
}

static const char *run(const char *line)
{
	pid_t child = fork();
	int ended, status = 0, in_time;

	if (child == 0)
		become(line);
	ended = child < 0 ? -1 : pidfd_open(child, 0);
	if (ended < 0)
		return "cannot fork";
	in_time = attend(PATIENCE, ended);
	kill(-child, SIGKILL); /* before it is waited for: its number cannot be another's yet */
	waitpid(child, &status, 0);
	close(ended);
	return in_time ? status ? "the line failed" : NULL : "the line did not end";
}

const char *perform(char **field)
{
	const char *kind = field[2];

	if (!strcmp(kind, "press"))
		return press(field[3], field[4]);
	if (!strcmp(kind, "dial"))
		return dial(field[3], field[4], field[5]);
	if (!strcmp(kind, "hang"))
		return hang_up(field[3]);
	if (!strcmp(kind, "request"))
		return request(field[3], field[4], field[5], field[6], field[7], field[8]);
	if (!strcmp(kind, "drop"))
		return drop(field[3], field[4]);
	if (!strcmp(kind, "tell"))
		return tell(field[3], field[4], field[5]);
	if (!strcmp(kind, "begin"))
		return fire(field[3]);
	if (!strcmp(kind, "end"))
		return halt(field[3]);
	return strcmp(kind, "run") ? NULL : run(field[3]);
}

void remember(const char *name)
{
	if (event_count == MOST_STEPS)
		return;
	snprintf(events[event_count].name, sizeof events[0].name, "%s", name);
	clock_gettime(CLOCK_REALTIME, &events[event_count++].at);
}

static void wait_for_the_beginning(void)
{
	struct timespec since;

	clock_gettime(CLOCK_BOOTTIME, &since);
	if (since.tv_sec < BEGINNING && !will_live())
		attend(BEGINNING * 1000 - since.tv_sec * 1000 - since.tv_nsec / 1000000, -1);
}

/* Writes "done NUMBER" for each step and "freeze" for the last, or "no NUMBER REASON". What is done is wiped: the story must not
 * be found in the memory of the stage hand.
 */
void play(FILE *out)
{
	wait_for_the_beginning();
	for (int i = 0; i < step_count; i++) {
		char **field = steps[i].fields;
		const char *wrong;

		attend(atol(field[0]), -1);
		wrong = perform(field);
		if (!wrong && strcmp(field[1], "-"))
			remember(field[1]);
		if (wrong)
			fprintf(out, "no %d %s\n", i, wrong);
		else
			fprintf(out, strcmp(field[2], "freeze") ? "done %d\n" : "freeze\n", i);
		fflush(out);
		forget_step(&steps[i]);
		if (wrong)
			break;
	}
	step_count = 0;
}
