/* What the parts of range-peer share. */
#include <stdio.h>
#include <time.h>

#define MOST_STEPS 512
#define MOST_FIELDS 9

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

/* A step as it was told (play.c): its text, cut into fields. */
struct step {
	char *text, *fields[MOST_FIELDS];
	size_t size;
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
#define ANSWERS "answer"
/* A door keeps what comes in ("" for `folder`), hangs up at once (CLOSES), answers each line (ANSWERS), or serves a folder's files.
 * Of a door that answers, a line "note WORD" is the event HEARS_NUMBER_WORD.
 */
const char *open_door(const char *host, const char *port, const char *folder, const char *hears);
const char *call(const char *from, const char *to, const char *port); /* connect and keep the connection */
const char *request(const char *from, const char *to, const char *port, const char *method, const char *path, const char *agent);
const char *dial(const char *terminal, const char *from, const char *target); /* target: name@address */
const char *hang_up(const char *terminal);
int dialled(const char *terminal); /* where the keys of a dialled session go, or -1 */
const char *drop(const char *host, const char *port); /* close what was accepted at a door */
const char *tell(const char *host, const char *port, const char *text); /* send a line there */

/* outside.c: answer the outside's doors for some milliseconds, or until `also` can be read; returns whether it can. With SPIN it
 * waits as long as it takes without ever sleeping: in a machine whose clock jumps over sleep, waiting for the host must not be
 * sleep, or years would pass.
 */
#define SPIN (-1)
int attend(long milliseconds, int also);
int stand_by(long milliseconds, int line); /* the same between orders: it also returns when `rouse` was called meanwhile */
void rouse(void);                         /* something is due sooner than what is waited for */
void watch(int end, void (*ready)(void)); /* from now on attend calls `ready` whenever something can be read there */
long long milliseconds_now(void); /* of a clock that is never set */

/* play.c: the play, which is learnt step by step and played in one go. */
const char *learn(char *fields); /* what stands in a step order, parted by tabs; the text is changed */
void play(FILE *out);
const char *read_step(struct step *step, const char *fields);
const char *perform(char **fields); /* does what a step says */
void forget_step(struct step *step);
void remember(const char *name); /* an event, now */
extern struct typed lines[];
extern struct event events[];
extern int line_count, event_count;

/* live.c: the living play. Each returns what went wrong, or NULL. */
const char *learn_later(char *fields); /* TRACK, and what stands in a step order */
const char *when(const char *sign, const char *track, const char *least);
const char *begin_living(void);
const char *fire(const char *track);
const char *halt(const char *track);
const char *skip(void);
const char *noticed(const char *sign, double measure); /* something that the outside sees: a track may wait for it */
long until_due(void);  /* milliseconds until the next living step; SPIN where the play does not live */
void do_due(void);     /* does the living step that is due, if one is */
void tell_events(FILE *out);
int will_live(void); /* whether a step of it was learnt */
int lives(void);
extern struct timespec arrival;

/* link.c: the way to the outside. */
const char *outsider(const char *address); /* one more address that a filter stops */
const char *set_link(const char *how);     /* leave, cut or filter */

/* names.c: the outside's name server. */
const char *answer_names(const char *address);
const char *know_name(const char *name, const char *address);

/* footprint.c: what was done at the console since arrival. */
const char *begin_footprint(void);
void tell_footprint(FILE *out);
void tell_lived(FILE *out); /* arrival and processes alone; nothing where nothing lives */
