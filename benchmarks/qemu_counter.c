/*
 * A plugin of QEMU, for benchmarks/instructions.py: prints the address of each instruction that the function `counted` of
 * driver.c ran, and of those that what it calls ran, and how often they did.
 *
 * QEMU comes without the header of its plugins. What is used of it:
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { QEMU_PLUGIN_INLINE_ADD_U64 = 0, QEMU_PLUGIN_CB_NO_REGS = 0 };
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*translate)(uint64_t id, struct qemu_plugin_tb *block));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
const char *qemu_plugin_insn_symbol(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int operation, void *, uint64_t by);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, void (*call)(unsigned cpu, void *),
                                            int registers, void *);
EXPORTED extern int qemu_plugin_version;
EXPORTED int qemu_plugin_install(uint64_t id, const void *info, int count, char **arguments);

int qemu_plugin_version = 1;

/* Lists of instructions by their address, one of which may be translated several times. */
enum { LISTS = 1 << 16 };
static struct instruction {
  uint64_t address, executions;
  struct instruction *next;
} *lists[LISTS];

static uint64_t *executions_at(uint64_t address) {
  struct instruction **list = &lists[address / 4 % LISTS];
  for (struct instruction *known = *list; known; known = known->next)
    if (known->address == address) return &known->executions;
  struct instruction *made = calloc(1, sizeof *made);
  if (!made) abort();
  *made = (struct instruction){.address = address, .next = *list};
  *list = made;
  return &made->executions;
}

static void begin(unsigned cpu, void *nothing) {
  (void)cpu, (void)nothing;
  for (int list = 0; list < LISTS; list++)
    for (struct instruction *known = lists[list]; known; known = known->next) known->executions = 0;
}

static void end(unsigned cpu, void *nothing) {
  (void)cpu, (void)nothing;
  for (int list = 0; list < LISTS; list++)
    for (struct instruction *known = lists[list]; known; known = known->next)
      if (known->executions)
        fprintf(stderr, "executed %#llx %llu\n", (unsigned long long)known->address,
                (unsigned long long)known->executions);
}

static void translate(uint64_t id, struct qemu_plugin_tb *block) {
  (void)id;
  static const uint32_t ret = 0xd65f03c0;
  static uint64_t start;
  for (size_t index = 0; index < qemu_plugin_tb_n_insns(block); index++) {
    struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, index);
    uint64_t address = qemu_plugin_insn_vaddr(insn);
    const char *symbol = qemu_plugin_insn_symbol(insn);
    if (symbol && !strcmp(symbol, "counted")) {
      if (!start) start = address; /* it is translated in the order in which it runs */
      if (address == start) qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, QEMU_PLUGIN_CB_NO_REGS, NULL);
      if (!memcmp(qemu_plugin_insn_data(insn), &ret, sizeof ret))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, end, QEMU_PLUGIN_CB_NO_REGS, NULL);
    }
    qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64, executions_at(address), 1);
  }
}

int qemu_plugin_install(uint64_t id, const void *info, int count, char **arguments) {
  (void)info, (void)count, (void)arguments;
  qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
  return 0;
}
