/* sockets: TCP and UDP sockets by the processes that have them open, with the columns of ss(8).
 *
 * Read from /proc/net/{tcp,tcp6,udp,udp6} of every network namespace that a process is in, and from /proc/PID/fd. No name is
 * looked up and nothing is sent. At the end stand sockets that no process has open: closing ones, and those of a process that
 * /proc does not show. Sockets of another namespace than this program's have it behind them.
 */
#include "processes.h"

#define MOST_SOCKETS 4096
#define MOST_SPACES 32
#define LARGEST_TABLE (1 << 20)

struct socket {
	const char *protocol;
	uint64_t inode, space, waiting_in, waiting_out;
	unsigned state, wide; /* wide: IPv6 */
	unsigned char own[16], peer[16];
	unsigned own_port, peer_port;
	int held;
};

static struct socket sockets[MOST_SOCKETS];
static uint64_t spaces[MOST_SPACES], home, current;
static int sockets_count, spaces_count, surplus;
static char table[LARGEST_TABLE];
static struct text out = {.to = OUT}, err = {.to = ERR};

static const char *const states[] = {
	"?", "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "UNCONN", "CLOSE-WAIT", "LAST-ACK", "LISTEN",
	"CLOSING", "NEW-SYN-RECV",
};

/* The number in "net:[4026531840]" or "socket:[123]", 0 where a link is something else. */
static uint64_t linked(const char *path, const char *kind)
{
	char target[64];
	const char *at = target;
	uint64_t number;
	long size = ask(__NR_readlink, (long)path, (long)target, sizeof target - 1, 0);

	if (size <= 0)
		return 0;
	target[size] = 0;
	if (!begins(target, kind))
		return 0;
	at += length(kind);
	return number_at(&at, 10, &number) && *at == ']' ? number : 0;
}

/* Move on to what stands behind the next spaces. */
static void next_word(const char **at)
{
	while (**at && **at != ' ' && **at != '\n')
		++*at;
	while (**at == ' ')
		++*at;
}

/* "0100007F:0016": each 32-bit word of the address as the processor has it. */
static int address(const char **at, unsigned char bytes[16], unsigned wide, unsigned *port)
{
	uint64_t value;

	for (unsigned word = 0; word < (wide ? 4 : 1); word++) {
		char digits[9];
		const char *here = digits;

		for (int i = 0; i < 8; i++)
			if (!(digits[i] = (*at)[i]))
				return 0;
		digits[8] = 0;
		if (!number_at(&here, 16, &value) || *here)
			return 0;
		for (int i = 0; i < 4; i++)
			bytes[4 * word + i] = (unsigned char)(value >> 8 * i);
		*at += 8;
	}
	if (**at != ':')
		return 0;
	++*at;
	if (!number_at(at, 16, &value))
		return 0;
	*port = (unsigned)value;
	return 1;
}

/* A line of /proc/net/tcp: number, own address, peer, state, queues, timer, retransmissions, user, timeout, inode. */
static int parse(const char *at, struct socket *into)
{
	uint64_t state;

	while (*at == ' ')
		at++;
	next_word(&at);
	if (!address(&at, into->own, into->wide, &into->own_port))
		return 0;
	next_word(&at);
	if (!address(&at, into->peer, into->wide, &into->peer_port))
		return 0;
	next_word(&at);
	if (!number_at(&at, 16, &state))
		return 0;
	into->state = (unsigned)state;
	next_word(&at);
	if (!number_at(&at, 16, &into->waiting_out) || *at++ != ':' || !number_at(&at, 16, &into->waiting_in))
		return 0;
	for (int i = 0; i < 5; i++)
		next_word(&at);
	return number_at(&at, 10, &into->inode);
}

static void read_table(uint64_t pid, const char *name)
{
	char path[PATH_ROOM], rest[16] = "net/";
	long size;

	memcpy(rest + 4, name, length(name) + 1);
	size = slurp(proc_path(path, pid, rest), table, sizeof table);
	if (size <= 0)
		return;
	surplus |= size == sizeof table - 1;
	for (const char *at = table; *at; at += *at == '\n') {
		struct socket found = {.protocol = name[0] == 't' ? "tcp" : "udp", .wide = name[3] == '6', .space = current};

		if (parse(at, &found)) {
			if (sockets_count < MOST_SOCKETS)
				sockets[sockets_count++] = found;
			else
				surplus = 1;
		}
		while (*at && *at != '\n')
			at++;
	}
}

static void read_space(uint64_t pid, void *with)
{
	static const char *const names[] = {"tcp", "tcp6", "udp", "udp6"};
	char path[PATH_ROOM];

	(void)with;
	current = linked(proc_path(path, pid, "ns/net"), "net:[");
	if (!current)
		return;
	for (int i = 0; i < spaces_count; i++)
		if (spaces[i] == current)
			return;
	if (spaces_count == MOST_SPACES) {
		surplus = 1;
		return;
	}
	spaces[spaces_count++] = current;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		read_table(pid, names[i]);
}

/* IPv6 in the form of RFC 5952: the longest row of two or more zero groups is left out, the first one of that length. */
static void put_wide(struct text *to, const unsigned char bytes[16])
{
	unsigned groups[8];
	int best = -1, most = 1;

	for (int i = 0; i < 8; i++)
		groups[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
	for (int i = 0, zeros = 0; i < 8; i++) {
		zeros = groups[i] ? 0 : zeros + 1;
		if (zeros > most) {
			most = zeros;
			best = i - zeros + 1;
		}
	}
	put(to, "[");
	for (int i = 0; i < 8; i++) {
		if (i == best) {
			put(to, "::");
			i += most - 1;
			continue;
		}
		if (i && i != best + most)
			put(to, ":");
		put_hex(to, groups[i], 1);
	}
	put(to, "]");
}

static void put_end(const unsigned char bytes[16], unsigned wide, unsigned port)
{
	struct text cell = {.to = -1};

	if (wide)
		put_wide(&cell, bytes);
	else
		for (int i = 0; i < 4; i++) {
			put(&cell, i ? "." : "");
			put_number(&cell, bytes[i]);
		}
	put(&cell, ":");
	if (port)
		put_number(&cell, port);
	else
		put(&cell, "*");
	put_cell(&out, string(&cell), 28);
}

static void row(const struct socket *each)
{
	put_cell(&out, each->protocol, 6);
	put_cell(&out, each->state < sizeof states / sizeof *states ? states[each->state] : "?", 12);
	put_number_cell(&out, each->waiting_in, 8);
	put_number_cell(&out, each->waiting_out, 8);
	put_end(each->own, each->wide, each->own_port);
	put_end(each->peer, each->wide, each->peer_port);
}

static void end_row(const struct socket *each)
{
	if (each->space != home) {
		put(&out, " net:[");
		put_number(&out, each->space);
		put(&out, "]");
	}
	put(&out, "\n");
}

struct holder {
	uint64_t pid;
	char name[32];
};

static void descriptor(uint64_t number, void *with)
{
	const struct holder *holder = with;
	char path[PATH_ROOM], rest[32];
	struct text text = {.to = -1};
	uint64_t inode;

	put(&text, "fd/");
	put_number(&text, number);
	memcpy(rest, string(&text), sizeof rest);
	inode = linked(proc_path(path, holder->pid, rest), "socket:[");
	for (int i = 0; inode && i < sockets_count; i++) {
		if (sockets[i].inode != inode)
			continue;
		sockets[i].held = 1;
		row(&sockets[i]);
		put(&out, "users:((\"");
		put(&out, holder->name);
		put(&out, "\",pid=");
		put_number(&out, holder->pid);
		put(&out, ",fd=");
		put_number(&out, number);
		put(&out, "))");
		end_row(&sockets[i]);
		return;
	}
}

static void process(uint64_t pid, void *with)
{
	struct holder holder = {.pid = pid};
	char path[PATH_ROOM];
	const char *name = name_of(holder.name, pid);

	(void)with;
	if (name != holder.name)
		memcpy(holder.name, name, length(name) + 1);
	numbered(proc_path(path, pid, "fd"), descriptor, &holder);
}

int program(int count, char **words)
{
	long answer;

	(void)words;
	if (count != 1) {
		put(&err, "usage: sockets (it takes no words)\n");
		send(&err);
		return 2;
	}
	home = linked("/proc/self/ns/net", "net:[");
	if ((answer = numbered("/proc", read_space, NULL)) < 0) {
		put(&err, "sockets: /proc: ");
		put_error(&err, answer);
		put(&err, "\n");
		send(&err);
		return 1;
	}
	put(&out, "Netid State       Recv-Q  Send-Q  Local Address:Port          Peer Address:Port           Process\n");
	numbered("/proc", process, NULL);
	for (int i = 0; i < sockets_count; i++)
		if (!sockets[i].held) {
			row(&sockets[i]);
			put(&out, "-");
			end_row(&sockets[i]);
		}
	if (surplus) {
		put(&err, "sockets: there are more than can be listed\n");
		send(&err);
	}
	return send(&out) && !surplus ? 0 : 1;
}
