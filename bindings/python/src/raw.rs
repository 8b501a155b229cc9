//! What the limited API of Python 3.10 has no safe wrapper for: buffers. They became a part of the limited API with 3.11, without
//! a change of their layout; 3.10 exports the same functions.
#![expect(unsafe_code, reason = "see the module")]

use std::ffi::{c_char, c_int, c_void};
use std::mem::ManuallyDrop;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The number of the interpreter that the calling thread is attached to.
pub(crate) fn interpreter(_: Python<'_>) -> i64 {
    // SAFETY: the thread is attached, so that it has one.
    let state = unsafe { ffi::PyInterpreterState_Get() };
    // SAFETY: just told, and it does not go while the thread is attached.
    unsafe { ffi::PyInterpreterState_GetID(state) }
}

/// `Py_buffer`, as all versions since 3.10 lay it out.
#[repr(C)]
struct Buffer {
    buf: *mut c_void,
    obj: *mut ffi::PyObject,
    len: ffi::Py_ssize_t,
    itemsize: ffi::Py_ssize_t,
    readonly: c_int,
    ndim: c_int,
    format: *mut c_char,
    shape: *mut ffi::Py_ssize_t,
    strides: *mut ffi::Py_ssize_t,
    suboffsets: *mut ffi::Py_ssize_t,
    internal: *mut c_void,
}

unsafe extern "C" {
    fn PyObject_CheckBuffer(obj: *mut ffi::PyObject) -> c_int;
    fn PyObject_GetBuffer(obj: *mut ffi::PyObject, view: *mut Buffer, flags: c_int) -> c_int;
    fn PyBuffer_Release(view: *mut Buffer);
    fn PyBuffer_FillInfo(
        view: *mut Buffer,
        object: *mut ffi::PyObject,
        buf: *mut c_void,
        len: ffi::Py_ssize_t,
        readonly: c_int,
        flags: c_int,
    ) -> c_int;
}

/// `Py_bf_getbuffer`, in all versions before 3.15 and understood since.
const GETBUFFER: c_int = 1;
/// `Py_TPFLAGS_DISALLOW_INSTANTIATION`.
const DISALLOW_INSTANTIATION: std::ffi::c_ulong = 1 << 7;

/// `PyBUF_ND`: bytes in a row, and how many dimensions they have.
const ND: c_int = 8;

/// A copy of what an object exposes as bytes in a row: bytearray, memoryview, array and their like. `None` if it exposes nothing, or
/// the memory of one number, as numpy's and those of ctypes do.
pub(crate) fn copied(object: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    // SAFETY: a live object, and the interpreter is attached.
    if unsafe { PyObject_CheckBuffer(object.as_ptr()) } == 0 {
        return Ok(None);
    }
    let mut view = std::mem::MaybeUninit::<Buffer>::zeroed();
    // SAFETY: as above; `view` is room for the answer.
    if unsafe { PyObject_GetBuffer(object.as_ptr(), view.as_mut_ptr(), ND) } != 0 {
        return Err(PyErr::fetch(object.py()));
    }
    // SAFETY: filled in, as the call succeeded.
    let mut view = unsafe { view.assume_init() };
    let is_one = view.ndim == 0;
    let mut bytes = vec![0; if is_one { 0 } else { usize::try_from(view.len).unwrap_or(0) }];
    if !view.buf.is_null() {
        // SAFETY: `buf` is readable for `len` bytes until the buffer is released, and `bytes` is as long. A copy by pointer: another
        // thread may write there meanwhile.
        unsafe { std::ptr::copy_nonoverlapping(view.buf.cast::<u8>(), bytes.as_mut_ptr(), bytes.len()) };
    }
    // SAFETY: got above, released once.
    unsafe { PyBuffer_Release(&raw mut view) };
    Ok((!is_one).then_some(bytes))
}

/// An object whose bytes Python may look at as long as something holds it: the value of a reply, where it lies.
#[repr(C)]
struct Pin {
    base: ffi::PyObject,
    reply: *mut lodger::Reply,
}

/// The class of [`Pin`], made once; pyo3 makes no class with a buffer in the limited API of 3.10.
static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

fn class(py: Python<'_>) -> PyResult<&Py<PyAny>> {
    CLASS.get_or_try_init(py, || {
        let slots = &mut [
            ffi::PyType_Slot { slot: ffi::Py_tp_dealloc, pfunc: dealloc as *mut c_void },
            ffi::PyType_Slot { slot: GETBUFFER, pfunc: get_buffer as *mut c_void },
            ffi::PyType_Slot { slot: 0, pfunc: std::ptr::null_mut() },
        ];
        let mut spec = ffi::PyType_Spec {
            name: c"lodger._lodger._Pin".as_ptr(),
            basicsize: c_int::try_from(size_of::<Pin>()).unwrap_or(0),
            itemsize: 0,
            flags: u32::try_from(ffi::Py_TPFLAGS_DEFAULT | DISALLOW_INSTANTIATION).unwrap_or(0),
            slots: slots.as_mut_ptr(),
        };
        // SAFETY: the specification is complete and ends with a zero; Python copies what it keeps of it, except the name, which is static.
        let class = unsafe { ffi::PyType_FromSpec(&raw mut spec) };
        // SAFETY: a new reference, or NULL with an exception.
        unsafe { Bound::from_owned_ptr_or_err(py, class) }.map(Bound::unbind)
    })
}

/// A read-only memoryview of the bytes of a reply, which holds them.
pub(crate) fn view(py: Python<'_>, reply: lodger::Reply) -> PyResult<Bound<'_, PyAny>> {
    let class = class(py)?.as_ptr().cast::<ffi::PyTypeObject>();
    // SAFETY: a class of ours, without items.
    let pin = unsafe { ffi::PyType_GenericAlloc(class, 0) };
    // SAFETY: a new reference, or NULL with an exception.
    let pin = unsafe { Bound::from_owned_ptr_or_err(py, pin) }?;
    let reply = Box::into_raw(Box::new(reply));
    // SAFETY: an object of our class, which nobody else has seen.
    unsafe { (*pin.as_ptr().cast::<Pin>()).reply = reply };
    // SAFETY: a live object.
    let view = unsafe { ffi::PyMemoryView_FromObject(pin.as_ptr()) };
    // SAFETY: a new reference, or NULL with an exception.
    unsafe { Bound::from_owned_ptr_or_err(py, view) }
}

unsafe extern "C" fn dealloc(object: *mut ffi::PyObject) {
    // SAFETY: an object of our class, whose last reference is gone.
    let reply = unsafe { (*object.cast::<Pin>()).reply };
    if !reply.is_null() {
        // SAFETY: made by `view`, and dropped once.
        drop(unsafe { Box::from_raw(reply) });
    }
    // SAFETY: as above.
    let class = unsafe { ffi::Py_TYPE(object) };
    // SAFETY: every class has this slot.
    let free = unsafe { ffi::PyType_GetSlot(class, ffi::Py_tp_free) };
    // SAFETY: what the slot holds, by its definition.
    let free: ffi::freefunc = unsafe { std::mem::transmute::<*mut c_void, ffi::freefunc>(free) };
    // SAFETY: allocated by the same class.
    unsafe { free(object.cast()) };
    // SAFETY: each object of a class made at run time holds it.
    unsafe { ffi::Py_DECREF(class.cast()) };
}

unsafe extern "C" fn get_buffer(object: *mut ffi::PyObject, view: *mut Buffer, flags: c_int) -> c_int {
    // SAFETY: an object of our class; its reply stays until the object is gone.
    let reply = unsafe { (*object.cast::<Pin>()).reply };
    // SAFETY: as above; NULL only if making the view failed half-way.
    let bytes = unsafe { reply.as_ref() }.and_then(lodger::Reply::as_bytes).unwrap_or_default();
    let len = ffi::Py_ssize_t::try_from(bytes.len()).unwrap_or(0);
    // SAFETY: the bytes live as long as the object, which the view holds from now on; read-only.
    unsafe { PyBuffer_FillInfo(view, object, bytes.as_ptr().cast_mut().cast(), len, 1, flags) }
}

/// A handle of the library and its database; in a forked child neither is dropped, because threads that held their locks are
/// gone there.
pub(crate) struct Home<T> {
    value: ManuallyDrop<T>,
    db: ManuallyDrop<lodger::Db>,
}

impl<T> Home<T> {
    pub(crate) fn new(value: T, db: lodger::Db) -> Self {
        Self { value: ManuallyDrop::new(value), db: ManuallyDrop::new(db) }
    }

    pub(crate) fn db(&self) -> &lodger::Db {
        &self.db
    }

    pub(crate) fn value(&self) -> &T {
        &self.value
    }

    #[inline]
    pub(crate) fn both(&mut self) -> (&lodger::Db, &mut T) {
        (&self.db, &mut self.value)
    }
}

impl<T> Drop for Home<T> {
    fn drop(&mut self) {
        if !self.db.crossed_fork() {
            // SAFETY: dropped once, here, and not used after it.
            unsafe { ManuallyDrop::drop(&mut self.value) };
            // SAFETY: as above.
            unsafe { ManuallyDrop::drop(&mut self.db) };
        }
    }
}
