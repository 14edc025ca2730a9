;; Enlarges ((1 2) (3 4)) to 4x4, and compares with what PyTorch's documentation prints for torch.nn.Upsample.
;;
;;   guile upsample.scm [PATH OF THE LIBRARY]     (Guile 3.0.6 or later)
(use-modules (system foreign) (system foreign-library) (rnrs bytevectors) (srfi srfi-4)
             (ice-9 format) (ice-9 match))

(define library
  (load-foreign-library
   (match (command-line)
     ((_ path) path)
     (_ (or (getenv "RESAMPLE_LIBRARY") "libresample.so.0")))))

;; From swiftresample.h. A list of types is a structure; an argument of such a type is a pointer to one and goes by
;; value.
(define abi-version 0)
(define mode-nearest 0)
(define mode-bilinear 3)
(define align-corners-false 1)
(define align-corners-true 2)
(define dtype-type (list uint8 uint8 uint16))
(define float32 (list 2 32 1))
(define tensor-type (list '* (list int32 int32) int32 dtype-type '* '* uint64))
(define options-type
  (append (list uint32) (make-list 7 int32) (make-list 3 int64) (make-list 5 double) (make-list 6 int64)))
(define error-size 256)

(define (function name result . arguments)
  (foreign-library-function library name #:return-type result #:arg-types arguments))

(define interpolate-shape (function "rsmp_interpolate_shape" int32 int32 '* dtype-type '* '* '*))
(define interpolate (function "rsmp_interpolate" int32 '* '* '* '*))

;; Calls a function of the library; what it refuses is raised with its message.
(define (call function . arguments)
  (let* ((error-bytes (make-bytevector error-size 0))
         (pointer (bytevector->pointer error-bytes)))
    (unless (zero? (apply function (append arguments (list pointer))))
      (throw 'resample-error (pointer->string (bytevector->pointer error-bytes 4) -1 "UTF-8")))))

;; A contiguous image. The tensor only says where samples and shape are: both have to be held as long as it is in use.
(define (tensor samples shape)
  (make-c-struct tensor-type
                 (list (bytevector->pointer samples) (list 0 0) 4 float32
                       (bytevector->pointer shape) %null-pointer 0)))

(define image (f32vector 1 2 3 4))
(define shape (s64vector 1 1 2 2))

;; The rows of the image enlarged to twice its size.
(define (upsample mode align-corners)
  (let ((options (make-c-struct options-type
                                (list (sizeof options-type) mode align-corners 0 0 0 2 0
                                      0 0 0 2. 2. 0. 0. 0. 0 0 0 0 0 0)))
        (enlarged-shape (make-s64vector 4)))
    (call interpolate-shape 4 (bytevector->pointer shape) (make-c-struct dtype-type float32) options
          (bytevector->pointer enlarged-shape))
    (let* ((height (s64vector-ref enlarged-shape 2))
           (enlarged (make-f32vector (* height (s64vector-ref enlarged-shape 3)))))
      (call interpolate (tensor image shape) options (tensor enlarged enlarged-shape))
      (let ((width (s64vector-ref enlarged-shape 3)))
        (map (lambda (y) (map (lambda (x) (f32vector-ref enlarged (+ (* y width) x))) (iota width)))
             (iota height))))))

;; From PyTorch's documentation, which prints four decimals.
(define documented
  `(("False" ,align-corners-false
     ((1.0 1.25 1.75 2.0)
      (1.5 1.75 2.25 2.5)
      (2.5 2.75 3.25 3.5)
      (3.0 3.25 3.75 4.0)))
    ("True" ,align-corners-true
     ((1.0 1.3333 1.6667 2.0)
      (1.6667 2.0 2.3333 2.6667)
      (2.3333 2.6667 3.0 3.3333)
      (3.0 3.3333 3.6667 4.0)))))

(define (fail . arguments)
  (apply format (current-error-port) arguments)
  (newline (current-error-port))
  (exit 1))

(unless (= abi-version ((function "rsmp_abi_version" uint32)))
  (fail "the library has another ABI version"))

(for-each
 (match-lambda
   ((name align-corners table)
    (format #t "bilinear x2, align_corners=~a~%" name)
    (for-each
     (lambda (row expected y)
       (format #t "~{~,4f~^ ~}~%" row)
       (for-each
        (lambda (value documented x)
          (unless (<= (abs (- value documented)) 0.00006)
            (fail "row ~a, column ~a: documented is ~a" y x documented)))
        row expected (iota (length row))))
     (upsample mode-bilinear align-corners) table (iota (length table)))))
 documented)

;; What PyTorch refuses is refused here too.
(catch 'resample-error
  (lambda ()
    (upsample mode-nearest align-corners-true)
    (fail "nearest took align_corners"))
  (lambda (key message)
    (format #t "nearest x2, align_corners=True: ~a~%" message)))
