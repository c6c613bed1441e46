/* Physical memory through /proc/kcore: an ELF core file whose program headers say which physical address a segment of the
 * kernel's own map has (fs/proc/kcore.c of Linux). Segments that are no physical memory have the address -1 there.
 *
 * What is RAM says /proc/iomem; as the kernel's map has whole pages only, a page that is RAM in part is missing in kcore.
 */
#include "memory.h"

#include <asm/fcntl.h>
#include <linux/elf.h>

#define LARGEST_IOMEM 65536
#define MOST_HEADERS 512

static char iomem[LARGEST_IOMEM];

static int failed(struct text *complaint, const char *what, long error)
{
	put(complaint, what);
	put(complaint, ": ");
	put_error(complaint, error);
	put(complaint, "\n");
	return 0;
}

static int refused(struct text *complaint, const char *why)
{
	put(complaint, why);
	put(complaint, "\n");
	return 0;
}

static int range_at(const char **line, struct range *found)
{
	if (!number_at(line, 16, &found->first) || **line != '-')
		return 0;
	++*line;
	return number_at(line, 16, &found->last) && begins(*line, " : System RAM\n");
}

/* Lines without indent, as "00100000-07fdffff : System RAM". */
static int find_ram(struct memory *memory, struct text *complaint)
{
	long size = slurp("/proc/iomem", iomem, sizeof iomem);

	if (size < 0)
		return failed(complaint, "/proc/iomem", size);
	if (size == sizeof iomem - 1)
		return refused(complaint, "/proc/iomem is longer than 64 KiB");
	for (const char *line = iomem; *line; line++) {
		struct range found;

		if (range_at(&line, &found)) {
			if (memory->ram_count == MOST_RANGES)
				return refused(complaint, "/proc/iomem names more than 128 ranges of System RAM");
			if (found.last >= found.first && found.last && found.last < UINT64_MAX)
				memory->ram[memory->ram_count++] = found;
		}
		while (*line && *line != '\n')
			line++;
		if (!*line)
			break;
	}
	if (!memory->ram_count)
		return refused(complaint, "/proc/iomem shows no addresses of System RAM: this must be done as root");
	return 1;
}

static int find_segments(struct memory *memory, struct text *complaint)
{
	Elf64_Ehdr head;
	long got;

	memory->kcore = (int)ask(__NR_open, (long)"/proc/kcore", O_RDONLY | O_CLOEXEC, 0, 0);
	if (memory->kcore < 0)
		return failed(complaint, "/proc/kcore", memory->kcore);
	got = ask(__NR_pread64, memory->kcore, (long)&head, sizeof head, 0);
	if (got < 0)
		return failed(complaint, "/proc/kcore", got);
	if (got != sizeof head || head.e_ident[0] != 0x7f || head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_type != ET_CORE ||
		head.e_phentsize != sizeof(Elf64_Phdr) || head.e_phnum > MOST_HEADERS)
		return refused(complaint, "/proc/kcore is no ELF core file of a 64-bit kernel");
	for (unsigned i = 0; i < head.e_phnum; i++) {
		Elf64_Phdr each;

		got = ask(__NR_pread64, memory->kcore, (long)&each, sizeof each, (long)(head.e_phoff + i * sizeof each));
		if (got != sizeof each)
			return failed(complaint, "/proc/kcore: its program headers", got < 0 ? got : -EIO);
		if (each.p_type != PT_LOAD || each.p_paddr == UINT64_MAX || !each.p_filesz || each.p_paddr + each.p_filesz < each.p_paddr)
			continue;
		if (memory->segments_count == MOST_RANGES)
			return refused(complaint, "/proc/kcore has more than 128 segments of physical memory");
		memory->segments[memory->segments_count++] = (struct segment){each.p_paddr, each.p_filesz, each.p_offset};
	}
	return 1;
}

/* The segment that has an address and reaches furthest behind it. */
static const struct segment *segment_of(const struct memory *memory, uint64_t address)
{
	const struct segment *best = NULL;

	for (int i = 0; i < memory->segments_count; i++) {
		const struct segment *each = &memory->segments[i];

		if (address >= each->first && address - each->first < each->size &&
			(!best || each->first + each->size > best->first + best->size))
			best = each;
	}
	return best;
}

/* The first address from one on that some segment has, or the one behind `last`. */
static uint64_t next_address(const struct memory *memory, uint64_t address, uint64_t last)
{
	uint64_t next = last + 1;

	for (int i = 0; i < memory->segments_count; i++)
		if (memory->segments[i].first > address && memory->segments[i].first < next)
			next = memory->segments[i].first;
	return next;
}

/* Add bytes up to `end`, which is behind them, to a list; those that follow the last range make it longer. */
static int add(struct range *list, int *count, uint64_t first, uint64_t end, int longer)
{
	if (longer && *count && list[*count - 1].last + 1 == first) {
		list[*count - 1].last = end - 1;
		return 1;
	}
	if (*count == MOST_RANGES)
		return 0;
	list[(*count)++] = (struct range){first, end - 1};
	return 1;
}

static int cut(struct memory *memory, const struct range *ram)
{
	uint64_t end;

	for (uint64_t at = ram->first; at <= ram->last; at = end) {
		const struct segment *segment = segment_of(memory, at);

		end = segment ? segment->first + segment->size : next_address(memory, at, ram->last);
		if (end > ram->last + 1)
			end = ram->last + 1;
		if (segment ? !add(memory->ranges, &memory->ranges_count, at, end, at > ram->first) :
			!add(memory->missing, &memory->missing_count, at, end, 0))
			return 0;
	}
	return 1;
}

int memory_find(struct memory *memory, struct text *complaint)
{
	if (!find_ram(memory, complaint) || !find_segments(memory, complaint))
		return 0;
	for (int i = 0; i < memory->ram_count; i++) {
		if (i && memory->ram[i].first <= memory->ram[i - 1].last)
			return refused(complaint, "/proc/iomem names ranges that overlap or are not in order");
		if (!cut(memory, &memory->ram[i]))
			return refused(complaint, "memory lies in more than 128 pieces");
	}
	if (!memory->ranges_count)
		return refused(complaint, "/proc/kcore has nothing of what /proc/iomem calls System RAM");
	return 1;
}

long memory_read(const struct memory *memory, uint64_t address, unsigned char *into, size_t size)
{
	const struct segment *segment = segment_of(memory, address);
	uint64_t inside;

	if (!segment)
		return -EFAULT;
	inside = address - segment->first;
	if (size > segment->size - inside)
		size = segment->size - inside;
	return ask(__NR_pread64, memory->kcore, (long)into, (long)size, (long)(segment->offset + inside));
}
