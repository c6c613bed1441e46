/* What the parts of range-peer share. */
#include <stdio.h>
#include <time.h>

/* A line that the stage hand typed. */
struct typed {
	char terminal[16]; /* ttyN or sshN */
	char text[304];
	long long seconds; /* when Enter was pressed, by this machine's clock */
};

/* A step of the play that has a name. */
struct event {
	char name[48];
	struct timespec at; /* by this machine's clock, just after the step was done */
};

/* collect.c: writes down the machine as it is, one JSON object a line; the last line is {"kind": "end"}. It starts no process.
 * `paths` are the files of interest, parted by spaces; the text is changed.
 */
void collect(FILE *out, const struct typed *lines, int lines_count, const struct event *events, int events_count, char *paths);

/* collect.c: writes down the memory maps and the environment of some processes, with the same last line. `pids` are parted by
 * spaces; the text is changed.
 */
void collect_maps(FILE *out, char *pids);

/* outside.c: the world outside the machine. Each returns what went wrong, or NULL; addresses are IPv4 or IPv6. */
#define CLOSES "close"
const char *open_door(const char *host, const char *port, const char *folder); /* "": keep what comes in; CLOSES: hang up at once */
const char *call(const char *from, const char *to, const char *port); /* connect and keep the connection */
const char *request(const char *from, const char *to, const char *port, const char *method, const char *path, const char *agent);
const char *dial(const char *terminal, const char *from, const char *target); /* target: name@address */
const char *hang_up(const char *terminal);
int dialled(const char *terminal); /* where the keys of a dialled session go, or -1 */

/* outside.c: answer the outside's doors for some milliseconds, or until `also` can be read; returns whether it can. With SPIN it
 * waits as long as it takes without ever sleeping: in a machine whose clock jumps over sleep, waiting for the host must not be
 * sleep, or years would pass.
 */
#define SPIN (-1)
int attend(long milliseconds, int also);

/* play.c: the play, which is learnt step by step and played in one go. */
const char *learn(char *fields); /* what stands in a step order, parted by tabs; the text is changed */
void play(FILE *out);
extern struct typed lines[];
extern struct event events[];
extern int line_count, event_count;
