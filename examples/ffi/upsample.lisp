;;;; Enlarges ((1 2) (3 4)) to 4x4, and compares with what PyTorch's documentation prints for torch.nn.Upsample.
;;;;
;;;;   RESAMPLE_LIBRARY=PATH sbcl --script upsample.lisp     (or, installed, without the path)

(load-shared-object (or (posix-getenv "RESAMPLE_LIBRARY") "libresample.so.0"))

(defpackage resample (:use :common-lisp :sb-alien :sb-sys))
(in-package :resample)

;;; From swiftresample.h. SBCL passes no structure by value: an rsmp_dtype goes as the number that its four bytes are.
(defconstant +abi-version+ 0)
(defconstant +mode-nearest+ 0)
(defconstant +mode-bilinear+ 3)
(defconstant +align-corners-false+ 1)
(defconstant +align-corners-true+ 2)
(defconstant +float32+ (logior 2 (ash 32 8) (ash 1 16)))

(define-alien-type nil (struct message (status (signed 32)) (text (array char 252))))
(define-alien-type nil
  (struct tensor
    (data system-area-pointer) (device-type (signed 32)) (device-id (signed 32)) (ndim (signed 32))
    (dtype (unsigned 32)) (shape system-area-pointer) (strides system-area-pointer) (byte-offset (unsigned 64))))
(define-alien-type nil
  (struct options
    (struct-size (unsigned 32)) (mode (signed 32)) (align-corners (signed 32)) (antialias (signed 32))
    (recompute-scale-factor (signed 32)) (size-count (signed 32)) (scale-factor-count (signed 32)) (clamp (signed 32))
    (size (array (signed 64) 3)) (scale-factor (array double 3)) (clamp-low double) (clamp-high double)
    (region-start (array (signed 64) 3)) (region-stop (array (signed 64) 3))))

(define-alien-routine "rsmp_abi_version" (unsigned 32))
(define-alien-routine "rsmp_interpolate_shape" (signed 32)
  (ndim (signed 32)) (shape system-area-pointer) (dtype (unsigned 32)) (options (* (struct options)))
  (output-shape system-area-pointer) (message (* (struct message))))
(define-alien-routine "rsmp_interpolate" (signed 32)
  (input (* (struct tensor))) (options (* (struct options))) (output (* (struct tensor)))
  (message (* (struct message))))

(define-condition resample-error (error)
  ((message :initarg :message))
  (:report (lambda (condition stream) (write-string (slot-value condition 'message) stream))))

(defmacro with-structures (bindings &body body)
  "Structures on the stack that begin as zeros, with which strides are NULL: contiguous."
  `(with-alien ,bindings
     ,@(loop for (name type) in bindings
             collect `(dotimes (offset (alien-size ,type :bytes))
                        (setf (sap-ref-8 (alien-sap ,name) offset) 0)))
     ,@body))

(defmacro call (function &rest arguments)
  "Calls a function of the library; what it refuses is signalled with its message."
  `(with-structures ((message (struct message)))
     (unless (zerop (,function ,@arguments (addr message)))
       (error 'resample-error :message (cast (slot message 'text) c-string)))))

(defmacro set-slots (structure &rest names-and-values)
  `(setf ,@(loop for (name value) on names-and-values by #'cddr append `((slot ,structure ',name) ,value))))

(defun upsample (image mode align-corners)
  "A 2x2 image, a vector of single-floats, enlarged to twice its size: a 4x4 array."
  (let ((shape (make-array 4 :element-type '(signed-byte 64) :initial-contents '(1 1 2 2)))
        (enlarged-shape (make-array 4 :element-type '(signed-byte 64) :initial-element 0))
        (enlarged (make-array 16 :element-type 'single-float :initial-element 0.0)))
    (with-structures ((options (struct options)) (input (struct tensor)) (output (struct tensor)))
      (set-slots options struct-size (alien-size (struct options) :bytes) mode mode align-corners align-corners
                         scale-factor-count 2)
      (dotimes (axis 2) (setf (deref (slot options 'scale-factor) axis) 2d0))
      ;; The tensors only say where the vectors are: these may not be moved until the call has returned.
      (with-pinned-objects (image shape enlarged enlarged-shape)
        (call rsmp-interpolate-shape 4 (vector-sap shape) +float32+ (addr options) (vector-sap enlarged-shape))
        (assert (equalp enlarged-shape #(1 1 4 4)))
        (set-slots input data (vector-sap image) ndim 4 dtype +float32+ shape (vector-sap shape))
        (set-slots output data (vector-sap enlarged) ndim 4 dtype +float32+ shape (vector-sap enlarged-shape))
        (call rsmp-interpolate (addr input) (addr options) (addr output))))
    (make-array '(4 4) :displaced-to enlarged :element-type 'single-float)))

;;; From PyTorch's documentation, which prints four decimals.
(defparameter *documented*
  `(("False" ,+align-corners-false+
     #2A((1.0 1.25 1.75 2.0)
         (1.5 1.75 2.25 2.5)
         (2.5 2.75 3.25 3.5)
         (3.0 3.25 3.75 4.0)))
    ("True" ,+align-corners-true+
     #2A((1.0 1.3333 1.6667 2.0)
         (1.6667 2.0 2.3333 2.6667)
         (2.3333 2.6667 3.0 3.3333)
         (3.0 3.3333 3.6667 4.0)))))

(defun fail (format &rest arguments)
  (format *error-output* "~?~%" format arguments)
  (sb-ext:exit :code 1))

(unless (= (rsmp-abi-version) +abi-version+) (fail "the library has another ABI version"))

(let ((image (make-array 4 :element-type 'single-float :initial-contents '(1.0 2.0 3.0 4.0))))
  (loop for (name align-corners table) in *documented*
        for enlarged = (upsample image +mode-bilinear+ align-corners)
        do (format t "bilinear x2, align_corners=~a~%" name)
           (dotimes (y 4)
             (format t "~{~,4f~^ ~}~%" (loop for x below 4 collect (aref enlarged y x)))
             (dotimes (x 4)
               (unless (<= (abs (- (aref enlarged y x) (aref table y x))) 0.00006)
                 (fail "row ~a, column ~a: documented is ~a" y x (aref table y x))))))

  ;; What PyTorch refuses is refused here too.
  (handler-case (progn (upsample image +mode-nearest+ +align-corners-true+)
                       (fail "nearest took align_corners"))
    (resample-error (refusal) (format t "nearest x2, align_corners=True: ~a~%" refusal))))
