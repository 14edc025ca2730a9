/* Every table of Tests/golden/pytorch_tables.json: what PyTorch's documentation and forum print. */
#include "arrays.h"

typedef struct {
  const char *name;
  int32_t mode;
  int32_t align_corners;
  double scale_factor;
  int decimals; /* as printed */
  int64_t input_size[2];
  const double *input;
  int64_t output_size[2];
  const double *output;
} table;

typedef struct {
  const char *name;
  int64_t input_length, output_length;
  int32_t align_corners;
  const double *coordinates;
} axis_table;

#include "pytorch_tables.h"

enum { TABLES = sizeof tables / sizeof tables[0], AXIS_TABLES = sizeof axis_tables / sizeof axis_tables[0] };

/* The table once by the factor that it is documented with, and once by the size that this gives. */
static void check_table(const table *table, const kind *kind, bool by_size) {
  rsmp_interpolate_options options = {.struct_size = sizeof options,
                                      .mode = table->mode,
                                      .align_corners = table->align_corners};
  if (by_size) {
    options.size_count = 2;
    memcpy(options.size, table->output_size, sizeof table->output_size);
  } else {
    options.scale_factor_count = 2;
    options.scale_factor[0] = options.scale_factor[1] = table->scale_factor;
  }

  int64_t shape[4] = {1, 1, table->input_size[0], table->input_size[1]}, result[4];
  if (!CHECK_OK(rsmp_interpolate_shape(4, shape, kind->dtype, &options, result, &failure))) return;
  CHECK(result[0] == 1 && result[1] == 1 && result[2] == table->output_size[0] && result[3] == table->output_size[1],
        "%s: shape (%d, %d, %d, %d)", table->name, (int)result[0], (int)result[1], (int)result[2], (int)result[3]);

  array *input = new_array(kind, 4, shape, CONTIGUOUS), *output = new_array(kind, 4, result, CONTIGUOUS);
  for (int64_t number = 0; number < input->count; number++) put(kind, table->input[number], element(input, number));
  if (CHECK_OK(rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure))) {
    double tolerance = 0.5 * pow(10, -table->decimals) + 1e-6;
    for (int64_t number = 0; number < output->count; number++) {
      double value = get(kind, element(output, number));
      CHECK(fabs(value - table->output[number]) <= tolerance, "%s, %s, number %d: %.7g, printed %.7g", table->name,
            kind->name, (int)number, value, table->output[number]);
    }
  }
  delete_array(input);
  delete_array(output);
}

static void check_coordinates(const axis_table *table, const kind *kind) {
  rsmp_interpolate_options options = {.struct_size = sizeof options,
                                      .mode = RSMP_MODE_LINEAR,
                                      .align_corners = table->align_corners};
  rsmp_axis *axis;
  if (!CHECK_OK(rsmp_axis_create(table->input_length, table->output_length, kind->dtype, &options, &axis, &failure))) {
    return;
  }
  double *coordinates = allocate((size_t)table->output_length * sizeof *coordinates);
  if (CHECK_OK(rsmp_axis_taps(axis, coordinates, NULL, NULL, &failure))) {
    for (int64_t output = 0; output < table->output_length; output++) {
      double tolerance = kind - kinds == FLOAT64 ? 1e-15 : 1e-7;
      CHECK(fabs(coordinates[output] - table->coordinates[output]) <= tolerance, "%s, %s, output %d: %.17g, not %.17g",
            table->name, kind->name, (int)output, coordinates[output], table->coordinates[output]);
    }
  }
  free(coordinates);
  rsmp_axis_destroy(axis);
}

int main(void) {
  if (!can_run("test_tables")) return 0;
  const kind *const exact[] = {&kinds[FLOAT32], &kinds[FLOAT64]};
  for (int number = 0; number < 2; number++) {
    for (int index = 0; index < TABLES; index++) {
      check_table(&tables[index], exact[number], false);
      check_table(&tables[index], exact[number], true);
    }
    for (int index = 0; index < AXIS_TABLES; index++) check_coordinates(&axis_tables[index], exact[number]);
  }
  return report("test_tables");
}
