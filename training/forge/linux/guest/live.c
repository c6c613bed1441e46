/* The living play: what goes on in the machine while a person works at its console.
 *
 * Steps are learnt before the play in tracks. The track "-" begins at the order "live", the others when they are fired: by an
 * order, or because the outside noticed something. Each step waits its own pause after the one before; what goes wrong with one is
 * noted, and the rest goes on. While a step is being done (some seconds at most) orders wait for it.
 *
 * The texts are kept so that nobody can read them in this program's memory: an image taken meanwhile must not tell what comes.
 */
#define _GNU_SOURCE
#include "range_peer.h"
#include "collect.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define MOST_RUNS 8
#define MOST_SIGNS 8
#define MASK 0x5a
#define LIVING "-"

struct later { char track[48]; char *masked; size_t size; };
struct run { char track[48]; int next; long long due; }; /* free: no track */

static struct later known[MOST_STEPS];
static struct run runs[MOST_RUNS];
static struct { char sign[16], track[48]; double least; } waiting[MOST_SIGNS];
static struct { char track[48]; int number; const char *reason; struct timespec at; } failures[MOST_STEPS];
static int known_count, waiting_count, failure_count, arrived_at;
struct timespec arrival;

static void mask(char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		text[i] ^= MASK;
}

const char *learn_later(char *fields)
{
	char *rest = fields, *track = strsep(&rest, "\t");
	struct step tried;
	const char *wrong;

	if (known_count == MOST_STEPS || !rest)
		return "too many steps, or none";
	if ((wrong = read_step(&tried, rest)))
		return wrong;
	forget_step(&tried);
	snprintf(known[known_count].track, sizeof known[0].track, "%s", track);
	known[known_count].size = strlen(rest);
	known[known_count].masked = malloc(known[known_count].size);
	memcpy(known[known_count].masked, rest, known[known_count].size);
	mask(known[known_count].masked, known[known_count].size);
	known_count++;
	return NULL;
}

/* A step as it was told; forget_step ends it. */
static void unmasked(struct step *step, const struct later *from)
{
	char text[from->size + 1];

	memcpy(text, from->masked, from->size);
	text[from->size] = 0;
	mask(text, from->size);
	read_step(step, text);
	explicit_bzero(text, from->size);
}

/* The next step of a track from a number on, or -1. */
static int next_of(const char *track, int from)
{
	while (from < known_count && strcmp(known[from].track, track))
		from++;
	return from < known_count ? from : -1;
}

/* Goes to the next step of a track, whose pause begins now. Without one the run ends. */
static void go_on(struct run *run, int from)
{
	struct step step;

	run->next = next_of(run->track, from);
	if (run->next < 0) {
		*run->track = 0;
		return;
	}
	unmasked(&step, &known[run->next]);
	run->due = milliseconds_now() + atol(step.fields[0]);
	forget_step(&step);
}

static struct run *run_of(const char *track)
{
	for (int i = 0; i < MOST_RUNS; i++)
		if (!strcmp(runs[i].track, track))
			return &runs[i];
	return NULL;
}

const char *fire(const char *track)
{
	struct run *run = run_of("");

	if (!lives())
		return "nothing lives yet";
	if (next_of(track, 0) < 0)
		return "no such track";
	if (run_of(track) || !run)
		return "it goes on already, or too much does";
	snprintf(run->track, sizeof run->track, "%s", track);
	go_on(run, 0);
	rouse(); /* what the outside noticed comes while the next step, minutes away, is waited for */
	return NULL;
}

const char *halt(const char *track)
{
	struct run *run = run_of(track);

	if (!run)
		return "it does not go on";
	*run->track = 0;
	return NULL;
}

const char *begin_living(void)
{
	struct sched_param first = {.sched_priority = 1};
	const char *wrong;

	if (lives())
		return "it lives already";
	clock_gettime(CLOCK_REALTIME, &arrival);
	arrived_at = event_count;
	/* Ahead of all others: who starts a program is seen before the program has done anything. It sleeps nearly always. */
	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first);
	wrong = begin_footprint();
	if (!wrong && next_of(LIVING, 0) >= 0)
		wrong = fire(LIVING);
	return wrong;
}

int will_live(void)
{
	return known_count > 0;
}

int lives(void)
{
	return arrival.tv_sec != 0;
}

const char *skip(void)
{
	struct run *run = run_of(LIVING);

	if (!run)
		return "no step is to come";
	run->due = milliseconds_now();
	return NULL;
}

const char *when(const char *sign, const char *track, const char *least)
{
	if (waiting_count == MOST_SIGNS)
		return "too many signs";
	snprintf(waiting[waiting_count].sign, sizeof waiting[0].sign, "%s", sign);
	snprintf(waiting[waiting_count].track, sizeof waiting[0].track, "%s", track);
	waiting[waiting_count++].least = atof(least);
	return NULL;
}

const char *noticed(const char *sign, double measure)
{
	for (int i = 0; i < waiting_count && lives(); i++)
		if (!strcmp(waiting[i].sign, sign) && measure >= waiting[i].least)
			fire(waiting[i].track);
	return NULL;
}

static struct run *soonest(void)
{
	struct run *found = NULL;

	for (int i = 0; i < MOST_RUNS; i++)
		if (*runs[i].track && (!found || runs[i].due < found->due))
			found = &runs[i];
	return found;
}

long until_due(void)
{
	struct run *run = soonest();
	long long left = run ? run->due - milliseconds_now() : 0;

	return run ? left > 0 ? left : 0 : SPIN;
}

static void note_failure(const struct run *run, const char *reason)
{
	if (failure_count == MOST_STEPS)
		return;
	snprintf(failures[failure_count].track, sizeof failures[0].track, "%s", run->track);
	failures[failure_count].number = run->next;
	failures[failure_count].reason = reason;
	clock_gettime(CLOCK_REALTIME, &failures[failure_count++].at);
}

void do_due(void)
{
	struct run *run = soonest();
	struct step step;
	const char *wrong;

	if (!run || run->due > milliseconds_now())
		return;
	unmasked(&step, &known[run->next]);
	wrong = perform(step.fields);
	if (wrong)
		note_failure(run, wrong);
	else if (strcmp(step.fields[1], "-"))
		remember(step.fields[1]);
	forget_step(&step);
	if (*run->track)
		go_on(run, run->next + 1);
}

void tell_events(FILE *out)
{
	for (int i = arrived_at; i < event_count && lives(); i++) {
		fprintf(out, "{\"kind\": \"event\", ");
		named(out, "name", events[i].name);
		fprintf(out, ", \"seconds\": %lld.%09ld}\n", (long long)events[i].at.tv_sec, events[i].at.tv_nsec);
	}
	for (int i = 0; i < failure_count; i++) {
		fprintf(out, "{\"kind\": \"failed\", ");
		named(out, "track", failures[i].track);
		fprintf(out, ", \"step\": %d, ", failures[i].number);
		named(out, "reason", failures[i].reason);
		fprintf(out, ", \"seconds\": %lld.%09ld}\n", (long long)failures[i].at.tv_sec, failures[i].at.tv_nsec);
	}
	fprintf(out, "{\"kind\": \"end\"}\n");
}
