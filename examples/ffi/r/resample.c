/*
 * libresample for R, whose numbers are doubles and whose matrices have their columns one after the other.
 *
 *   PKG_CPPFLAGS=-I../../../include PKG_LIBS="-L$FOLDER -lresample" R CMD SHLIB resample.c
 */
#define R_NO_REMAP
#include <R.h>
#include <Rinternals.h>
#include <swiftresample.h>

/* A matrix of R's: neighbours in a row are as many samples apart as a column has. Nothing has to be copied. */
typedef struct {
  int64_t shape[4], strides[4];
  rsmp_tensor tensor;
} matrix;

static void set_matrix(matrix *matrix, double *samples, int64_t rows, int64_t columns) {
  matrix->shape[0] = matrix->shape[1] = 1;
  matrix->shape[2] = rows, matrix->shape[3] = columns;
  matrix->strides[0] = matrix->strides[1] = rows * columns;
  matrix->strides[2] = 1, matrix->strides[3] = rows;
  matrix->tensor = (rsmp_tensor){
      .data = samples, .ndim = 4, .dtype = {RSMP_FLOAT, 64, 1}, .shape = matrix->shape, .strides = matrix->strides};
}

/* .Call("upsample", image, mode, align_corners): a matrix of doubles at twice its size. Refusals are R's errors. */
SEXP upsample(SEXP image, SEXP mode, SEXP align_corners) {
  if (rsmp_abi_version() != RSMP_ABI_VERSION) Rf_error("the library has another ABI version");
  if (!Rf_isMatrix(image) || !Rf_isReal(image)) Rf_error("the image must be a matrix of doubles");
  rsmp_interpolate_options options = {.struct_size = sizeof options,
                                      .mode = Rf_asInteger(mode),
                                      .align_corners = Rf_asInteger(align_corners),
                                      .scale_factor_count = 2,
                                      .scale_factor = {2, 2}};
  matrix input, output;
  int64_t shape[4];
  rsmp_error error;
  set_matrix(&input, REAL(image), Rf_nrows(image), Rf_ncols(image));
  if (rsmp_interpolate_shape(4, input.shape, input.tensor.dtype, &options, shape, &error) != RSMP_OK)
    Rf_error("%s", error.message);
  if (shape[2] > INT_MAX || shape[3] > INT_MAX) Rf_error("R has no matrix of this size");

  SEXP enlarged = PROTECT(Rf_allocMatrix(REALSXP, (int)shape[2], (int)shape[3]));
  set_matrix(&output, REAL(enlarged), shape[2], shape[3]);
  if (rsmp_interpolate(&input.tensor, &options, &output.tensor, &error) != RSMP_OK) Rf_error("%s", error.message);
  UNPROTECT(1);
  return enlarged;
}
