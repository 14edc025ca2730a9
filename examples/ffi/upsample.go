// Enlarges [[1, 2], [3, 4]] to 4x4, and compares with what PyTorch's documentation prints for torch.nn.Upsample.
//
//	export CGO_CFLAGS=-I$PWD/../../include CGO_LDFLAGS=-L$FOLDER LD_LIBRARY_PATH=$FOLDER
//	go run upsample.go
//
// FOLDER has libresample.so, which the linker looks for, and libresample.so.0, which the program loads.
package main

/*
#cgo LDFLAGS: -lresample
#include <swiftresample.h>

// Tensors hold pointers to samples, and cgo lets no memory of Go that holds such pointers go to C: they are made here.
static rsmp_tensor tensor(float *samples, int64_t *shape) {
  return (rsmp_tensor){.data = samples, .ndim = 4, .dtype = {RSMP_FLOAT, 32, 1}, .shape = shape};
}

static rsmp_status interpolate(float *samples, int64_t *shape, const rsmp_interpolate_options *options, float *result,
                               int64_t *result_shape, rsmp_error *error) {
  rsmp_tensor input = tensor(samples, shape), output = tensor(result, result_shape);
  return rsmp_interpolate(&input, options, &output, error);
}
*/
import "C"

import (
	"errors"
	"fmt"
	"log"
	"math"
	"unsafe"
)

// What the library refuses, as a Go error with its message.
func failure(status C.rsmp_status, message *C.rsmp_error) error {
	if status == C.RSMP_OK {
		return nil
	}
	return errors.New(C.GoString(&message.message[0]))
}

// The rows of a 2x2 image enlarged to twice its size.
func upsample(image []float32, mode, alignCorners C.int32_t) ([][]float32, error) {
	var options C.rsmp_interpolate_options
	options.struct_size = C.uint32_t(unsafe.Sizeof(options))
	options.mode = mode
	options.align_corners = alignCorners
	options.scale_factor_count = 2
	options.scale_factor = [3]C.double{2, 2}

	var message C.rsmp_error
	float32s := C.rsmp_dtype{code: C.RSMP_FLOAT, bits: 32, lanes: 1}
	shape, enlargedShape := [4]C.int64_t{1, 1, 2, 2}, [4]C.int64_t{}
	status := C.rsmp_interpolate_shape(4, &shape[0], float32s, &options, &enlargedShape[0], &message)
	if err := failure(status, &message); err != nil {
		return nil, err
	}
	height, width := int(enlargedShape[2]), int(enlargedShape[3])
	enlarged := make([]float32, height*width)
	samples, result := (*C.float)(&image[0]), (*C.float)(&enlarged[0])
	status = C.interpolate(samples, &shape[0], &options, result, &enlargedShape[0], &message)
	if err := failure(status, &message); err != nil {
		return nil, err
	}
	rows := make([][]float32, height)
	for y := range rows {
		rows[y] = enlarged[y*width : (y+1)*width]
	}
	return rows, nil
}

// From PyTorch's documentation, which prints four decimals.
var documented = []struct {
	name         string
	alignCorners C.int32_t
	table        [4][4]float64
}{
	{"False", C.RSMP_ALIGN_CORNERS_FALSE, [4][4]float64{
		{1.0, 1.25, 1.75, 2.0},
		{1.5, 1.75, 2.25, 2.5},
		{2.5, 2.75, 3.25, 3.5},
		{3.0, 3.25, 3.75, 4.0},
	}},
	{"True", C.RSMP_ALIGN_CORNERS_TRUE, [4][4]float64{
		{1.0, 1.3333, 1.6667, 2.0},
		{1.6667, 2.0, 2.3333, 2.6667},
		{2.3333, 2.6667, 3.0, 3.3333},
		{3.0, 3.3333, 3.6667, 4.0},
	}},
}

func main() {
	log.SetFlags(0)
	if C.rsmp_abi_version() != C.RSMP_ABI_VERSION {
		log.Fatal("the library has another ABI version")
	}
	image := []float32{1, 2, 3, 4}

	for _, expected := range documented {
		fmt.Printf("bilinear x2, align_corners=%s\n", expected.name)
		rows, err := upsample(image, C.RSMP_MODE_BILINEAR, expected.alignCorners)
		if err != nil {
			log.Fatal(err)
		}
		for y, row := range rows {
			fmt.Printf("%.4f %.4f %.4f %.4f\n", row[0], row[1], row[2], row[3])
			for x, value := range row {
				if !(math.Abs(float64(value)-expected.table[y][x]) <= 0.00006) {
					log.Fatalf("row %d, column %d: documented is %g", y, x, expected.table[y][x])
				}
			}
		}
	}

	// What PyTorch refuses is refused here too.
	_, err := upsample(image, C.RSMP_MODE_NEAREST, C.RSMP_ALIGN_CORNERS_TRUE)
	if err == nil {
		log.Fatal("nearest took align_corners")
	}
	fmt.Printf("nearest x2, align_corners=True: %v\n", err)
}
