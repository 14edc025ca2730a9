# Enlarges [[1, 2], [3, 4]] to 4x4, and compares with what PyTorch's documentation prints for torch.nn.Upsample.
#
#   Rscript upsample.R [PATH OF resample.so]
path <- commandArgs(trailingOnly = TRUE)
dyn.load(if (length(path)) path[1] else "resample.so")

# From swiftresample.h.
mode_nearest <- 0L
mode_bilinear <- 3L
align_corners_false <- 1L
align_corners_true <- 2L

upsample <- function(image, mode, align_corners) .Call("upsample", image, mode, align_corners)

matrix_of <- function(...) matrix(c(...), nrow = 4, byrow = TRUE)

# From PyTorch's documentation, which prints four decimals.
documented <- list(
  list(name = "False", align_corners = align_corners_false, table = matrix_of(
    1.0, 1.25, 1.75, 2.0,
    1.5, 1.75, 2.25, 2.5,
    2.5, 2.75, 3.25, 3.5,
    3.0, 3.25, 3.75, 4.0
  )),
  list(name = "True", align_corners = align_corners_true, table = matrix_of(
    1.0, 1.3333, 1.6667, 2.0,
    1.6667, 2.0, 2.3333, 2.6667,
    2.3333, 2.6667, 3.0, 3.3333,
    3.0, 3.3333, 3.6667, 4.0
  ))
)
image <- matrix(c(1, 2, 3, 4), nrow = 2, byrow = TRUE)

fail <- function(...) {
  message(...)
  quit(status = 1)
}

for (expected in documented) {
  cat("bilinear x2, align_corners=", expected$name, "\n", sep = "")
  enlarged <- upsample(image, mode_bilinear, expected$align_corners)
  stopifnot(dim(enlarged) == c(4, 4))
  for (y in 1:4) {
    cat(sprintf("%.4f", enlarged[y, ]), "\n", sep = c(" ", " ", " ", ""))
    for (x in 1:4) {
      if (!isTRUE(abs(enlarged[y, x] - expected$table[y, x]) <= 0.00006)) {
        fail("row ", y - 1, ", column ", x - 1, ": documented is ", expected$table[y, x])
      }
    }
  }
}

# What PyTorch refuses is refused here too.
refusal <- tryCatch(
  {
    upsample(image, mode_nearest, align_corners_true)
    fail("nearest took align_corners")
  },
  error = conditionMessage
)
cat("nearest x2, align_corners=True: ", refusal, "\n", sep = "")
