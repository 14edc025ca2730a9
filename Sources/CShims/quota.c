#include "quota.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Longer files and paths do not occur; of one that does, the rest is not looked at. They are not on the stack, which may be
 * small: the library is loaded by one thread at a time.
 */
enum { FILE_SIZE = 8192, PATH_SIZE = 4096 };
static char groups[FILE_SIZE], value[FILE_SIZE], folder[PATH_SIZE], path[PATH_SIZE];

/* Reads a small file; empty if it cannot be read. */
static void read_file(const char *path, char text[FILE_SIZE]) {
  size_t length = 0;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    ssize_t count;
    while (length < FILE_SIZE - 1 && (count = read(file, text + length, FILE_SIZE - 1 - length)) > 0) length += count;
    close(file);
  }
  text[length] = 0;
}

/* Appends to a path of `length` characters and returns the new length, or 0 where there is no room. */
static size_t append(char path[PATH_SIZE], size_t length, const char *part, size_t part_length) {
  if (part_length >= PATH_SIZE - length) return 0;
  memcpy(path + length, part, part_length);
  path[length + part_length] = 0;
  return length + part_length;
}

static long number_in(const char *name) {
  size_t length = append(path, 0, folder, strlen(folder));
  if (append(path, length, name, strlen(name)) == 0) return 0;
  read_file(path, value);
  return strtol(value, 0, 10);
}

/* The quota that the group in `folder` sets, as processors rounded up; 0: none. */
static long quota_of_group(bool is_unified) {
  long quota = 0, period = 0;
  if (is_unified) {
    char *end;
    size_t length = append(path, 0, folder, strlen(folder));
    if (append(path, length, "/cpu.max", 8) == 0) return 0;
    read_file(path, value); /* "200000 100000", or "max 100000" */
    quota = strtol(value, &end, 10);
    period = strtol(end, 0, 10);
  } else {
    quota = number_in("/cpu.cfs_quota_us"); /* -1: none */
    period = number_in("/cpu.cfs_period_us");
  }
  if (quota <= 0 || period <= 0) return 0;
  return quota / period + (quota % period != 0);
}

/* The smallest quota of a group and of those that it is in; 0: none. */
static long quota_of_groups(const char *root, const char *hierarchy, const char *group, bool is_unified) {
  size_t start = append(folder, 0, root, strlen(root));
  start = append(folder, start, hierarchy, strlen(hierarchy));
  /* A group outside of what this process sees of the hierarchy: its root is all there is to look at. */
  size_t length = start == 0 || strstr(group, "/..") != 0 ? start : append(folder, start, group, strlen(group));
  if (length == 0) return 0;
  folder[length] = 0;
  long smallest = 0;
  while (true) {
    long quota = quota_of_group(is_unified);
    if (quota > 0 && (smallest == 0 || quota < smallest)) smallest = quota;
    if (length <= start) return smallest;
    while (length > start && folder[length - 1] != '/') length--;
    while (length > start && folder[length - 1] == '/') length--;
    folder[length] = 0;
  }
}

/* Whether a list such as "cpu,cpuacct" names the controller cpu. */
static bool has_cpu(const char *controllers) {
  for (const char *name = controllers; name != 0; name = strchr(name, ',')) {
    if (*name == ',') name++;
    if (strncmp(name, "cpu", 3) == 0 && (name[3] == 0 || name[3] == ',')) return true;
  }
  return false;
}

int32_t rsk_quota_below(const char *root) {
  size_t length = append(path, 0, root, strlen(root));
  if (append(path, length, "/proc/self/cgroup", 17) == 0) return 0;
  read_file(path, groups);
  long smallest = 0;
  char *rest = groups;
  /* Lines are HIERARCHY:CONTROLLERS:GROUP; of the unified hierarchy CONTROLLERS is empty. */
  for (char *line; (line = strsep(&rest, "\n")) != 0;) {
    strsep(&line, ":");
    char *controllers = strsep(&line, ":");
    if (line == 0) continue;
    bool is_unified = *controllers == 0;
    if (!is_unified && !has_cpu(controllers)) continue;
    long quota = quota_of_groups(root, is_unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu", line, is_unified);
    if (quota > 0 && (smallest == 0 || quota < smallest)) smallest = quota;
  }
  return smallest > INT32_MAX ? 0 : (int32_t)smallest;
}

static int32_t quota;

/*
 * When the library is loaded, as the environment: a host may later forbid itself to open files, with a filter that ends
 * whoever tries.
 */
__attribute__((constructor)) static void read_quota(void) { quota = rsk_quota_below(""); }

int32_t rsk_quota(void) { return quota; }

int32_t rsk_available_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    int count = CPU_COUNT(&set);
    if (count > 0) return count;
  }
  /* More processors than a cpu_set_t has room for. */
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int32_t)online : 1;
}
