/* What rsmp_interpolate gives: known numbers, and the same bits for every memory format, thread count and batch split. */
#include "arrays.h"

/* ---- Numbers that can be worked out by hand ---------------------------------------------------------------------- */

/* A row of the source, and the row that it becomes. */
static const struct {
  call call;
  int input_length;
  double input[4];
  int output_length;
  double output[8];
  double low, high; /* integers that do not hold these are left out */
} rows[] = {
    {{"nearest x2", RSMP_MODE_NEAREST, 3, 0, 0}, 4, {0, 4, 8, 4}, 8, {0, 0, 4, 4, 8, 8, 4, 4}, 0, 8},
    {{"nearest / 2", RSMP_MODE_NEAREST, 3, 0, 0}, 4, {0, 4, 8, 5}, 2, {0, 8}, 0, 8},
    {{"nearest-exact / 2", RSMP_MODE_NEAREST_EXACT, 3, 0, 0}, 4, {0, 4, 8, 5}, 2, {4, 5}, 0, 8},
    {{"linear x2", RSMP_MODE_LINEAR, 3, 0, 0}, 4, {0, 4, 8, 4}, 8, {0, 1, 3, 5, 7, 7, 5, 4}, 0, 8},
    {{"linear x2, negative", RSMP_MODE_LINEAR, 3, 0, 0}, 4, {0, -4, -8, -4}, 8, {0, -1, -3, -5, -7, -7, -5, -4}, -8, 0},
    {{"linear, 4 -> 7", RSMP_MODE_LINEAR, 3, RSMP_ALIGN_CORNERS_TRUE, 0}, 4, {0, 4, 8, 4}, 7, {0, 2, 4, 6, 8, 6, 4},
     0, 8},
    /* One output sample: with align_corners the first one, else the middle. */
    {{"linear, 4 -> 1", RSMP_MODE_LINEAR, 3, RSMP_ALIGN_CORNERS_TRUE, 0}, 4, {3, 4, 8, 4}, 1, {3}, 0, 8},
    {{"linear, 4 -> 1", RSMP_MODE_LINEAR, 3, 0, 0}, 4, {3, 4, 8, 4}, 1, {6}, 0, 8},
    {{"linear, 1 -> 3", RSMP_MODE_LINEAR, 3, 0, 0}, 1, {7}, 3, {7, 7, 7}, 0, 7},
    /* Triangles over four samples, cut at the border and divided by what is left: (3, 3, 1) / 7. */
    {{"linear / 2, antialias", RSMP_MODE_LINEAR, 3, 0, 1}, 4, {0, 7, 14, 7}, 2, {5, 10}, 0, 14},
    {{"area / 2", RSMP_MODE_AREA, 3, 0, 0}, 4, {0, 4, 8, 4}, 2, {2, 6}, 0, 8},
    {{"area, 4 -> 3", RSMP_MODE_AREA, 3, 0, 0}, 4, {0, 4, 8, 6}, 3, {2, 6, 7}, 0, 8},
    /* The weights are -27, 225, 67 and -9 of 256, or the reverse. */
    {{"bicubic x2", RSMP_MODE_BICUBIC, 4, 0, 0}, 4, {0, 256, 512, 256}, 8, {-27, 49, 171, 350, 490, 481, 323, 229},
     -512, 512},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static void test_known_rows(void) {
  for (int row = 0; row < ROWS; row++) {
    for (const kind *kind = kinds; kind < kinds + KINDS; kind++) {
      if (!takes(&rows[row].call, kind)) continue;
      if (kind - kinds == BOOL) continue;
      if (is_integer(kind) && (rows[row].low < kind->low || rows[row].high > kind->high)) continue;
      int rank = rows[row].call.rank;
      int64_t shape[MAX_RANK] = {1, 1, 1, 1, 1}, result[MAX_RANK] = {1, 1, 1, 1, 1};
      shape[rank - 1] = rows[row].input_length;
      result[rank - 1] = rows[row].output_length;
      rsmp_interpolate_options options = resize(&rows[row].call, result + 2);

      array *input = new_array(kind, rank, shape, CONTIGUOUS), *output = new_array(kind, rank, result, CONTIGUOUS);
      for (int64_t x = 0; x < input->count; x++) put(kind, rows[row].input[x], element(input, x));
      if (CHECK_OK(rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure))) {
        for (int64_t x = 0; x < output->count; x++) {
          double value = get(kind, element(output, x)), expected = rows[row].output[x];
          /* Numbers of at most 9 bits: a half type may have to round them once. */
          CHECK(fabs(value - expected) <= kind->tolerance * 512, "%s, %s, x %d: %.17g, not %.17g", rows[row].call.name,
                kind->name, (int)x, value, expected);
        }
      }
      delete_array(input);
      delete_array(output);
    }
  }
}

static void test_integers_saturate_where_bicubic_overshoots(void) {
  const kind *const integers[] = {&kinds[UINT8], &kinds[INT8], &kinds[INT16], &kinds[UINT16], &kinds[INT32]};
  for (int number = 0; number < 5; number++) {
    const kind *kind = integers[number];
    int64_t shape[] = {1, 1, 1, 4}, size[] = {1, 8};
    array *input = new_array(kind, 4, shape, CONTIGUOUS);
    array *output = new_array(kind, 4, (int64_t[]){1, 1, 1, 8}, CONTIGUOUS);
    for (int64_t x = 0; x < 4; x++) put(kind, x < 2 ? kind->low : kind->high, element(input, x));
    rsmp_interpolate_options options = resize(&(call){"bicubic", RSMP_MODE_BICUBIC, 4, 0, 0}, size);
    if (CHECK_OK(rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure))) {
      CHECK(get(kind, element(output, 2)) == kind->low, "%s: %g", kind->name, get(kind, element(output, 2)));
      CHECK(get(kind, element(output, 5)) == kind->high, "%s: %g", kind->name, get(kind, element(output, 5)));
    }
    delete_array(input);
    delete_array(output);
  }
}

static void test_weighted_integers_are_rounded_half_to_even(void) {
  const kind *const integers[] = {&kinds[INT8], &kinds[INT16], &kinds[UINT16], &kinds[INT32]};
  const double means[][3] = {{0, 1, 0}, {1, 2, 2}, {2, 3, 2}, {3, 4, 4}}; /* two samples and their rounded mean */
  for (int number = 0; number < 4; number++) {
    for (int pair = 0; pair < 4; pair++) {
      const kind *kind = integers[number];
      array *input = new_array(kind, 3, (int64_t[]){1, 1, 2}, CONTIGUOUS);
      array *output = new_array(kind, 3, (int64_t[]){1, 1, 1}, CONTIGUOUS);
      for (int64_t x = 0; x < 2; x++) put(kind, means[pair][x], element(input, x));
      rsmp_interpolate_options options = resize(&(call){"area", RSMP_MODE_AREA, 3, 0, 0}, (int64_t[]){1});
      if (CHECK_OK(rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure))) {
        double value = get(kind, element(output, 0));
        CHECK(value == means[pair][2], "%s: mean of %g and %g: %g", kind->name, means[pair][0], means[pair][1], value);
      }
      delete_array(input);
      delete_array(output);
    }
  }
}

/* ---- The same bits ----------------------------------------------------------------------------------------------- */

/* The result for contiguous arrays, from which no other may differ by a bit. */
static array *reference(const call *call, const array *input) {
  array *output = new_array(input->kind, call->rank, output_shape(call), CONTIGUOUS);
  rsmp_interpolate_options options = resize(call, output_size(call));
  CHECK_OK(rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure));
  CHECK(is_blank_around_elements(output), "%s, %s: wrote outside the output", call->name, input->kind->name);
  return output;
}

static void check_same_bits(const array *output, const array *expected, const call *call, const char *what) {
  int64_t number = first_difference(output, expected), shown = number < 0 ? 0 : number;
  CHECK(number < 0, "%s, %s, %s: element %d is %.9g, not %.9g", call->name, output->kind->name, what, (int)shown,
        get(output->kind, element(output, shown)), get(output->kind, element(expected, shown)));
  CHECK(is_blank_around_elements(output), "%s, %s, %s: wrote outside the output", call->name, output->kind->name, what);
}

static void test_memory_formats_do_not_matter(void) {
  for (const call *call = calls; call < calls + CALLS; call++) {
    for (const kind *kind = kinds; kind < kinds + KINDS; kind++) {
      if (is_left_out()) continue;
      if (!takes(call, kind)) continue;
      rsmp_interpolate_options options = resize(call, output_size(call));
      array *contiguous = new_array(kind, call->rank, input_shape(call), CONTIGUOUS);
      fill(contiguous, 1);
      array *expected = reference(call, contiguous);
      for (int pair = 0; pair < 3 * MEMORY_FORMATS; pair++) {
        /* The input in each format, the output in each, both in each. */
        int format = pair % MEMORY_FORMATS;
        array *input = new_array(kind, call->rank, input_shape(call), pair / MEMORY_FORMATS == 1 ? CONTIGUOUS : format);
        array *output = new_array(kind, call->rank, output_shape(call), pair / MEMORY_FORMATS == 0 ? CONTIGUOUS : format);
        copy_elements(contiguous, input);
        if (CHECK_OK(rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure))) {
          check_same_bits(output, expected, call, memory_formats[format]);
          CHECK(first_difference(input, contiguous) < 0 && is_blank_around_elements(input), "%s: input changed", call->name);
        }
        delete_array(input);
        delete_array(output);
      }
      delete_array(contiguous);
      delete_array(expected);
    }
  }
}

static void test_a_broadcast_input(void) {
  for (const call *call = calls; call < calls + CALLS; call++) {
    const kind *kind = &kinds[FLOAT32];
    rsmp_interpolate_options options = resize(call, output_size(call));
    for (int axis = 0; axis < call->rank; axis++) {
      array *broadcast = new_array(kind, call->rank, input_shape(call), REVERSED);
      broadcast->strides[axis] = 0;
      fill(broadcast, 2);
      array *input = new_array(kind, call->rank, input_shape(call), CONTIGUOUS);
      copy_elements(broadcast, input);
      array *expected = reference(call, input);
      array *output = new_array(kind, call->rank, output_shape(call), CONTIGUOUS);
      if (CHECK_OK(rsmp_interpolate(&broadcast->tensor, &options, &output->tensor, &failure))) {
        check_same_bits(output, expected, call, "broadcast");
      }
      delete_array(broadcast);
      delete_array(input);
      delete_array(expected);
      delete_array(output);
    }
  }
}

static void test_a_plan_gives_the_same_bits(void) {
  for (const call *call = calls; call < calls + CALLS; call++) {
    for (const kind *kind = kinds; kind < kinds + KINDS; kind++) {
      if (is_left_out()) continue;
      if (!takes(call, kind)) continue;
      rsmp_interpolate_options options = resize(call, output_size(call));
      rsmp_plan *plan;
      if (!CHECK_OK(rsmp_plan_create(call->rank, input_shape(call), kind->dtype, &options, &plan, &failure))) continue;
      memset(&options, 0xff, sizeof options); /* the plan keeps nothing of the caller's */
      for (uint32_t seed = 1; seed <= 2; seed++) {
        array *input = new_array(kind, call->rank, input_shape(call), CONTIGUOUS);
        fill(input, seed);
        array *expected = reference(call, input);
        array *output = new_array(kind, call->rank, output_shape(call), SPACED);
        if (CHECK_OK(rsmp_plan_execute(plan, &input->tensor, &output->tensor, &failure))) {
          check_same_bits(output, expected, call, "plan");
        }
        delete_array(input);
        delete_array(expected);
        delete_array(output);
      }
      rsmp_plan_destroy(plan);
    }
  }
}

static void test_thread_counts_do_not_matter(void) {
  int32_t before = rsmp_get_num_threads();
  for (const call *call = calls; call < calls + CALLS; call++) {
    rsmp_interpolate_options options = options_of(call);
    int64_t shape[MAX_RANK] = {3, 4, 16, 16, 16}, result[MAX_RANK] = {3, 4, 24, 24, 24};
    if (call->rank == 3) shape[2] = 5000, result[2] = 7001;
    if (call->rank == 4) shape[2] = 60, shape[3] = 70, result[2] = 91, result[3] = 97;
    options.size_count = call->rank - 2;
    memcpy(options.size, result + 2, sizeof options.size);
    array *input = new_array(&kinds[FLOAT32], call->rank, shape, CHANNELS_LAST);
    fill(input, 3);
    array *expected = new_array(&kinds[FLOAT32], call->rank, result, CONTIGUOUS);
    array *output = new_array(&kinds[FLOAT32], call->rank, result, CONTIGUOUS);
    CHECK_OK(rsmp_set_num_threads(1, &failure));
    CHECK_OK(rsmp_interpolate(&input->tensor, &options, &expected->tensor, &failure));
    for (int32_t threads = 2; threads <= 7; threads += 5) {
      CHECK_OK(rsmp_set_num_threads(threads, &failure));
      CHECK(rsmp_get_num_threads() == threads, "%d threads", (int)rsmp_get_num_threads());
      CHECK_OK(rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure));
      check_same_bits(output, expected, call, "threads");
    }
    delete_array(input);
    delete_array(expected);
    delete_array(output);
  }
  rsmp_set_num_threads(before, NULL);
}

static void test_a_batch_can_be_split(void) {
  for (const call *call = calls; call < calls + CALLS; call++) {
    for (const kind *kind = kinds; kind <= kinds + UINT8; kind++) {
      rsmp_interpolate_options options = resize(call, output_size(call));
      array *input = new_array(kind, call->rank, input_shape(call), CONTIGUOUS);
      fill(input, 4);
      array *expected = reference(call, input);
      array *output = new_array(kind, call->rank, output_shape(call), CONTIGUOUS);
      /* One channel of one image at a time. */
      int64_t planes = input->shape[0] * input->shape[1];
      for (int64_t plane = 0; plane < planes; plane++) {
        rsmp_tensor from = input->tensor, to = output->tensor;
        int64_t from_shape[MAX_RANK], to_shape[MAX_RANK];
        memcpy(from_shape, input->shape, sizeof from_shape);
        memcpy(to_shape, output->shape, sizeof to_shape);
        from_shape[0] = from_shape[1] = to_shape[0] = to_shape[1] = 1;
        from.shape = from_shape;
        to.shape = to_shape;
        from.byte_offset = (uint64_t)(plane * input->count / planes) * sample_size(kind);
        to.byte_offset = (uint64_t)(plane * output->count / planes) * sample_size(kind);
        CHECK_OK(rsmp_interpolate(&from, &options, &to, &failure));
      }
      check_same_bits(output, expected, call, "a channel at a time");
      delete_array(input);
      delete_array(expected);
      delete_array(output);
    }
  }
}

/* PyTorch issue: of a batch resized by a factor of 1 only the first image came out. */
static void test_factor_1_copies_every_image(void) {
  for (const call *call = calls; call < calls + CALLS; call++) {
    for (const kind *kind = kinds; kind <= kinds + UINT8; kind++) {
      rsmp_interpolate_options options = options_of(call);
      options.scale_factor_count = call->rank - 2;
      for (int axis = 0; axis < 3; axis++) options.scale_factor[axis] = 1;
      array *input = new_array(kind, call->rank, input_shape(call), CHANNELS_LAST);
      array *output = new_array(kind, call->rank, input_shape(call), CONTIGUOUS);
      fill(input, 5);
      if (CHECK_OK(rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure))) {
        check_same_bits(output, input, call, "factor 1");
      }
      delete_array(input);
      delete_array(output);
    }
  }
}

/* ---- Clamp ------------------------------------------------------------------------------------------------------- */

static void check_clamp(const call *call, const kind *kind, int32_t clamp, double low, double high) {
  array *input = new_array(kind, call->rank, input_shape(call), CONTIGUOUS);
  fill(input, 6);
  array *expected = reference(call, input);
  for (int64_t number = 0; number < expected->count; number++) {
    double value = get(kind, element(expected, number));
    if (clamp & RSMP_CLAMP_LOW && value < low) put(kind, low, element(expected, number));
    if (clamp & RSMP_CLAMP_HIGH && value > high) put(kind, high, element(expected, number));
  }
  rsmp_interpolate_options options = resize(call, output_size(call));
  options.clamp = clamp;
  options.clamp_low = low;
  options.clamp_high = high;
  array *output = new_array(kind, call->rank, output_shape(call), FORTRAN);
  if (CHECK_OK(rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure))) {
    check_same_bits(output, expected, call, "clamp");
  }
  delete_array(input);
  delete_array(expected);
  delete_array(output);
}

static void test_clamp_bounds_the_result(void) {
  for (const call *call = calls; call < calls + CALLS; call++) {
    for (const kind *kind = kinds; kind < kinds + KINDS; kind++) {
      if (is_left_out()) continue;
      if (!kind->is_weighted) continue;
      check_clamp(call, kind, RSMP_CLAMP_LOW | RSMP_CLAMP_HIGH, 2, 9);
      check_clamp(call, kind, RSMP_CLAMP_LOW, 3, -1); /* what is not asked for is not read */
      check_clamp(call, kind, RSMP_CLAMP_HIGH, NAN, 5);
    }
  }
}

static void test_clamp_keeps_nan(void) {
  const call linear = {"linear", RSMP_MODE_LINEAR, 3, 0, 0};
  for (const kind *kind = kinds; kind <= kinds + FLOAT64; kind++) {
    array *input = new_array(kind, 3, (int64_t[]){1, 1, 4}, CONTIGUOUS);
    array *output = new_array(kind, 3, (int64_t[]){1, 1, 8}, CONTIGUOUS);
    for (int64_t x = 0; x < 4; x++) put(kind, x == 3 ? NAN : 10, element(input, x));
    rsmp_interpolate_options options = resize(&linear, (int64_t[]){8});
    options.clamp = RSMP_CLAMP_LOW | RSMP_CLAMP_HIGH;
    options.clamp_high = 5;
    if (CHECK_OK(rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure))) {
      CHECK(get(kind, element(output, 0)) == 5, "%s: %g", kind->name, get(kind, element(output, 0)));
      CHECK(isnan(get(kind, element(output, 7))), "%s: %g", kind->name, get(kind, element(output, 7)));
    }
    delete_array(input);
    delete_array(output);
  }
}

/* ---- Shapes ------------------------------------------------------------------------------------------------------ */

static void check_shape(const char *what, int32_t rank, const int64_t *shape, rsmp_interpolate_options options,
                        const int64_t *expected) {
  int64_t result[MAX_RANK + 1];
  memset(result, BLANK, sizeof result);
  options.struct_size = sizeof options;
  if (!CHECK_OK(rsmp_interpolate_shape(rank, shape, kinds[FLOAT32].dtype, &options, result, &failure))) return;
  for (int axis = 0; axis < rank; axis++) {
    CHECK(result[axis] == expected[axis], "%s, axis %d: %lld, not %lld", what, axis, (long long)result[axis],
          (long long)expected[axis]);
  }
  const unsigned char *behind = (const unsigned char *)&result[rank];
  CHECK(*behind == BLANK, "%s: wrote behind the shape", what);

  rsmp_plan *plan;
  memset(result, BLANK, sizeof result);
  if (!CHECK_OK(rsmp_plan_create(rank, shape, kinds[FLOAT32].dtype, &options, &plan, &failure))) return;
  CHECK_OK(rsmp_plan_output_shape(plan, result, &failure));
  for (int axis = 0; axis < rank; axis++) CHECK(result[axis] == expected[axis], "%s, plan, axis %d", what, axis);
  CHECK(*behind == BLANK, "%s: wrote behind the shape", what);
  rsmp_plan_destroy(plan);
}

static void test_shapes(void) {
  rsmp_interpolate_options size = {.size_count = 2, .size = {3, 70}};
  check_shape("size", 4, (int64_t[]){2, 3, 4, 5}, size, (int64_t[]){2, 3, 3, 70});
  check_shape("batch 0", 4, (int64_t[]){0, 3, 4, 5}, size, (int64_t[]){0, 3, 3, 70});

  rsmp_interpolate_options factors = {.scale_factor_count = 3, .scale_factor = {0.5, 2.5, 1.999}};
  check_shape("factors", 5, (int64_t[]){1, 2, 5, 5, 10}, factors, (int64_t[]){1, 2, 2, 12, 19});

  /* 88 * (120 / 88) is a little less than 120 in float64. */
  rsmp_interpolate_options quotient = {.scale_factor_count = 1, .scale_factor = {120.0 / 88}};
  check_shape("88 * (120 / 88)", 3, (int64_t[]){1, 1, 88}, quotient, (int64_t[]){1, 1, 119});
  quotient.recompute_scale_factor = 1;
  check_shape("recomputed", 3, (int64_t[]){1, 1, 88}, quotient, (int64_t[]){1, 1, 119});

  rsmp_interpolate_options ones = {.mode = RSMP_MODE_TRILINEAR, .size_count = 3, .size = {1, 1, 1}};
  check_shape("ones", 5, (int64_t[]){1, 1, 1, 1, 1}, ones, (int64_t[]){1, 1, 1, 1, 1});

  rsmp_interpolate_options area = {.mode = RSMP_MODE_AREA, .size_count = 1, .size = {4}};
  check_shape("no channels", 3, (int64_t[]){2, 0, 8}, area, (int64_t[]){2, 0, 4});
}

static void test_an_empty_batch_needs_no_data(void) {
  for (const call *call = calls; call < calls + CALLS; call++) {
    int64_t shape[MAX_RANK], result[MAX_RANK];
    memcpy(shape, input_shape(call), sizeof shape);
    memcpy(result, output_shape(call), sizeof result);
    shape[0] = result[0] = 0;
    rsmp_interpolate_options options = resize(call, output_size(call));
    rsmp_tensor input = {.ndim = call->rank, .dtype = kinds[FLOAT32].dtype, .shape = shape}, output = input;
    output.shape = result;
    CHECK_OK(rsmp_interpolate(&input, &options, &output, &failure));
    array *blank = new_array(&kinds[FLOAT32], call->rank, result, CONTIGUOUS);
    CHECK_OK(rsmp_interpolate(&input, &options, &blank->tensor, &failure));
    blank->tensor.strides = (int64_t[MAX_RANK]){0}; /* NumPy's of an array without elements */
    CHECK_OK(rsmp_interpolate(&input, &options, &blank->tensor, &failure));
    CHECK(is_blank(blank), "%s: wrote into an empty output", call->name);
    delete_array(blank);
  }
}

static void test_success_leaves_the_error_alone(void) {
  rsmp_error error;
  memset(&error, BLANK, sizeof error);
  int64_t result[3];
  rsmp_interpolate_options options = resize(&calls[0], output_size(&calls[0]));
  rsmp_status status = rsmp_interpolate_shape(3, input_shape(&calls[0]), kinds[FLOAT32].dtype, &options, result, &error);
  CHECK(status == RSMP_OK, "status %d", (int)status);
  CHECK((unsigned char)error.message[0] == BLANK, "message written");
  CHECK(memcmp(&error.status, error.message, sizeof error.status) == 0, "status written");
}

/* ---- The library ------------------------------------------------------------------------------------------------- */

static void test_the_versions_are_the_headers(void) {
  CHECK(rsmp_abi_version() == RSMP_ABI_VERSION, "%u", (unsigned)rsmp_abi_version());
  CHECK(strcmp(rsmp_version(), RSMP_VERSION) == 0, "%s", rsmp_version());
}

static void test_the_instruction_set_is_the_one_asked_for(void) {
  const char *name = NULL, *wish = getenv("RESAMPLE_INSTRUCTION_SET");
  if (!CHECK_OK(rsmp_instruction_set(&name, &failure))) return;
  const char *const sets[] = {"baseline", "avx2", "avx512", "neon"};
  bool is_known = false;
  for (int set = 0; set < 4; set++) is_known = is_known || strcmp(name, sets[set]) == 0;
  CHECK(is_known, "%s", name);
  if (wish != NULL && *wish != '\0') CHECK(strcmp(name, wish) == 0, "%s, not %s", name, wish);
}

int main(void) {
  if (!can_run("test_interpolate")) return 0;
  test_known_rows();
  test_integers_saturate_where_bicubic_overshoots();
  test_weighted_integers_are_rounded_half_to_even();
  test_memory_formats_do_not_matter();
  test_a_broadcast_input();
  test_a_plan_gives_the_same_bits();
  test_thread_counts_do_not_matter();
  test_a_batch_can_be_split();
  test_factor_1_copies_every_image();
  test_clamp_bounds_the_result();
  test_clamp_keeps_nan();
  test_shapes();
  test_an_empty_batch_needs_no_data();
  test_success_leaves_the_error_alone();
  test_the_versions_are_the_headers();
  test_the_instruction_set_is_the_one_asked_for();
  return report("test_interpolate");
}
