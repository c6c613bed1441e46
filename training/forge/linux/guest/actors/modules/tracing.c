/* A vendor's tracing tool: an ordinary module that receives the calls of one function.
 *
 * Inert: of a call it counts that it was; the count can be read in /sys/module/NAME/parameters/calls.
 *
 *   NAME    its own name (written by the forge: see actors.py)
 *   SYMBOL  the function
 */
#include <linux/ftrace.h>
#include <linux/module.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("counts calls");

char SYMBOL[64] = "@SYMBOL@";

static unsigned long calls;
module_param(calls, ulong, 0444);

static void notrace on_entry(unsigned long ip, unsigned long parent, struct ftrace_ops *ops, struct ftrace_regs *regs)
{
	calls++;
}

static struct ftrace_ops ops = {.func = on_entry};

static int __init load(void)
{
	int wrong = ftrace_set_filter(&ops, SYMBOL, strlen(SYMBOL), 1);

	wrong = wrong ?: register_ftrace_function(&ops);
	if (!wrong)
		pr_info("%s: ready\n", THIS_MODULE->name);
	return wrong;
}

static void __exit unload(void)
{
	unregister_ftrace_function(&ops);
}

module_init(load);
module_exit(unload);
