//! lodger as a C program has it: the shared library, opened at run time, and its functions by name.
#![expect(unsafe_code, reason = "calls C functions by pointer")]

use std::ffi::{CStr, CString, c_char, c_void};
use std::hint::black_box;
use std::path::Path;
use std::ptr::{null, null_mut};
use std::sync::OnceLock;

type Handle = *mut c_void;
type Bytes = *const c_void;

/// LODGER_REPLY_ERROR.
const ERROR: i32 = 3;

/// The functions that are measured or needed for it.
struct Functions {
    open: unsafe extern "C" fn(*const c_char, *const c_char, *mut Handle, *mut Handle) -> i32,
    close: unsafe extern "C" fn(Handle, *mut Handle) -> i32,
    sync: unsafe extern "C" fn(Handle, *mut Handle) -> i32,
    error_message: unsafe extern "C" fn(Handle) -> *const c_char,
    client_new: unsafe extern "C" fn(Handle, *mut Handle) -> i32,
    client_free: unsafe extern "C" fn(Handle),
    get: unsafe extern "C" fn(Handle, Bytes, usize, *mut Bytes, *mut usize) -> i32,
    set: unsafe extern "C" fn(Handle, Bytes, usize, Bytes, usize) -> i32,
    mget: unsafe extern "C" fn(Handle, usize, *const Bytes, *const usize, *mut Bytes, *mut usize) -> i32,
    command: unsafe extern "C" fn(Handle, usize, *const Bytes, *const usize, *mut Handle) -> i32,
    resp: unsafe extern "C" fn(Handle, Bytes, usize, *mut Bytes, *mut usize) -> i32,
    reply_kind: unsafe extern "C" fn(Handle) -> i32,
    reply_bytes: unsafe extern "C" fn(Handle, *mut usize) -> Bytes,
    reply_free: unsafe extern "C" fn(Handle),
}

/// The function `name` of the library.
///
/// # Safety
/// `F` is the C type of that function.
unsafe fn symbol<F: Copy>(library: Handle, name: &CStr) -> F {
    assert_eq!(size_of::<F>(), size_of::<Handle>());
    // SAFETY: an open library and a NUL-terminated name.
    let address = unsafe { libc::dlsym(library, name.as_ptr()) };
    assert!(!address.is_null(), "the library has no {name:?}");
    // SAFETY: function pointers have the size of pointers here, and the caller knows the type.
    unsafe { std::mem::transmute_copy(&address) }
}

fn functions() -> &'static Functions {
    static FUNCTIONS: OnceLock<Functions> = OnceLock::new();
    FUNCTIONS.get_or_init(|| {
        // Cargo builds the library with this program and puts it beside it.
        let file = if cfg!(target_os = "macos") { "liblodger.dylib" } else { "liblodger.so" };
        let path = std::env::current_exe().unwrap().with_file_name(file);
        let name = CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: a library of ours without initialisers.
        let library = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        assert!(!library.is_null(), "cannot open {}", path.display());
        // SAFETY: the types are those of the header.
        unsafe {
            Functions {
                open: symbol(library, c"lodger_open"),
                close: symbol(library, c"lodger_close"),
                sync: symbol(library, c"lodger_sync"),
                error_message: symbol(library, c"lodger_error_message"),
                client_new: symbol(library, c"lodger_client_new"),
                client_free: symbol(library, c"lodger_client_free"),
                get: symbol(library, c"lodger_get"),
                set: symbol(library, c"lodger_set"),
                mget: symbol(library, c"lodger_mget"),
                command: symbol(library, c"lodger_command"),
                resp: symbol(library, c"lodger_resp"),
                reply_kind: symbol(library, c"lodger_reply_kind"),
                reply_bytes: symbol(library, c"lodger_reply_bytes"),
                reply_free: symbol(library, c"lodger_reply_free"),
            }
        }
    })
}

/// An open database.
pub(crate) struct Db(Handle);

// SAFETY: the header allows any thread at any time.
unsafe impl Sync for Db {}

impl Db {
    /// In memory.
    pub(crate) fn memory() -> Self {
        Self::open(None, "")
    }

    /// In a directory, or in memory.
    pub(crate) fn open(directory: Option<&Path>, config: &str) -> Self {
        let location = directory.map(|d| CString::new(d.to_str().unwrap()).unwrap());
        let config = CString::new(config).unwrap();
        let (mut db, mut error) = (null_mut(), null_mut());
        let location = location.as_ref().map_or(null(), |l| l.as_ptr());
        // SAFETY: NUL-terminated strings and two out-pointers.
        let status = unsafe { (functions().open)(location, config.as_ptr(), &mut db, &mut error) };
        // SAFETY: on failure `error` is an error.
        let message = || unsafe { CStr::from_ptr((functions().error_message)(error)) };
        assert_eq!(status, 0, "lodger_open: {:?}", message());
        Self(db)
    }

    /// A client.
    pub(crate) fn client(&self) -> Client {
        let mut client = null_mut();
        // SAFETY: an open database.
        assert_eq!(unsafe { (functions().client_new)(self.0, &mut client) }, 0);
        Client { handle: client, get: functions().get, set: functions().set }
    }

    /// Waits for the disk.
    pub(crate) fn sync(&self) {
        // SAFETY: an open database.
        assert_eq!(unsafe { (functions().sync)(self.0, null_mut()) }, 0);
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        // SAFETY: open until now.
        unsafe { (functions().close)(self.0, null_mut()) };
    }
}

/// A call of [`Client::execute`], with everything ready.
pub(crate) struct Call<'a> {
    words: Vec<Bytes>,
    lens: Vec<usize>,
    source: std::marker::PhantomData<&'a [u8]>,
}

impl<'a> Call<'a> {
    /// These words.
    pub(crate) fn new(words: &'a [Vec<u8>]) -> Self {
        Self {
            words: words.iter().map(|w| w.as_ptr().cast()).collect(),
            lens: words.iter().map(Vec::len).collect(),
            source: std::marker::PhantomData,
        }
    }
}

impl Call<'_> {
    #[cold]
    fn fail(&self, reply: Handle) -> ! {
        let word = |(p, len): (&Bytes, &usize)| {
            // SAFETY: the call keeps its words.
            let bytes = unsafe { std::slice::from_raw_parts(p.cast::<u8>(), *len) };
            String::from_utf8_lossy(bytes).into_owned()
        };
        let words: Vec<String> = self.words.iter().zip(&self.lens).map(word).collect();
        let mut len = 0;
        // SAFETY: a reply of ours.
        let p = unsafe { (functions().reply_bytes)(reply, &mut len) };
        // SAFETY: text of the reply, which lives.
        let text = unsafe { std::slice::from_raw_parts(p.cast::<u8>(), len) };
        panic!("{}: {}", words.join(" "), String::from_utf8_lossy(text));
    }
}

/// A client of a database.
pub(crate) struct Client {
    handle: Handle,
    get: unsafe extern "C" fn(Handle, Bytes, usize, *mut Bytes, *mut usize) -> i32,
    set: unsafe extern "C" fn(Handle, Bytes, usize, Bytes, usize) -> i32,
}

// SAFETY: the header allows any thread, one at a time.
unsafe impl Send for Client {}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: live until now.
        unsafe { (functions().client_free)(self.handle) };
    }
}

impl Client {
    /// lodger_get: whether the key is there.
    #[inline]
    pub(crate) fn get(&mut self, key: &[u8]) -> bool {
        let (mut value, mut len) = (null(), 0);
        // SAFETY: a live client, readable bytes, two out-pointers.
        let status = unsafe { (self.get)(self.handle, key.as_ptr().cast(), key.len(), &mut value, &mut len) };
        black_box((value, len));
        status == 0
    }

    /// lodger_set.
    #[inline]
    pub(crate) fn set(&mut self, key: &[u8], value: &[u8]) {
        let (k, v) = (key.as_ptr().cast(), value.as_ptr().cast());
        // SAFETY: a live client and readable bytes.
        let status = unsafe { (self.set)(self.handle, k, key.len(), v, value.len()) };
        assert_eq!(status, 0);
    }

    /// lodger_mget: how many keys are there.
    pub(crate) fn mget<const N: usize>(&mut self, keys: &[Bytes; N], lens: &[usize; N]) -> usize {
        let (mut values, mut sizes) = ([null(); N], [0; N]);
        let (out, out_lens) = (values.as_mut_ptr(), sizes.as_mut_ptr());
        // SAFETY: a live client, N readable keys, room for N answers.
        let status =
            unsafe { (functions().mget)(self.handle, N, keys.as_ptr(), lens.as_ptr(), out, out_lens) };
        assert_eq!(status, 0);
        values.iter().filter(|v| !v.is_null()).count()
    }

    /// lodger_command, its reply looked at and freed: the length of the text it answers.
    pub(crate) fn command<const N: usize>(&mut self, words: [&[u8]; N]) -> usize {
        self.text(words, <[u8]>::len)
    }

    fn text<const N: usize, R>(&mut self, words: [&[u8]; N], look: impl FnOnce(&[u8]) -> R) -> R {
        let argv: [Bytes; N] = words.map(|w| w.as_ptr().cast());
        let lens: [usize; N] = words.map(<[u8]>::len);
        let mut reply = null_mut();
        // SAFETY: a live client and N readable words.
        let status =
            unsafe { (functions().command)(self.handle, N, argv.as_ptr(), lens.as_ptr(), &mut reply) };
        assert_eq!(status, 0);
        let mut len = 0;
        // SAFETY: a reply of ours.
        let bytes = unsafe { (functions().reply_bytes)(reply, &mut len) };
        assert!(!bytes.is_null());
        // SAFETY: borrowed from the reply, which lives until below.
        let answer = look(unsafe { std::slice::from_raw_parts(bytes.cast(), len) });
        // SAFETY: ours, once.
        unsafe { (functions().reply_free)(reply) };
        answer
    }

    /// lodger_command with any words, its reply freed. An error is the end: the benchmark is wrong then.
    #[inline]
    pub(crate) fn execute(&mut self, call: &Call<'_>) {
        let mut reply = null_mut();
        let (words, lens) = (call.words.as_ptr(), call.lens.as_ptr());
        // SAFETY: a live client and words that the call keeps.
        let status = unsafe { (functions().command)(self.handle, call.words.len(), words, lens, &mut reply) };
        assert_eq!(status, 0);
        // SAFETY: a reply of ours.
        if unsafe { (functions().reply_kind)(reply) } == ERROR {
            call.fail(reply);
        }
        // SAFETY: ours, once.
        unsafe { (functions().reply_free)(reply) };
    }

    /// lodger_resp: the length of the answer.
    pub(crate) fn resp(&mut self, request: &[u8]) -> usize {
        let (mut answer, mut len) = (null(), 0);
        let (bytes, n) = (request.as_ptr().cast(), request.len());
        // SAFETY: a live client, readable bytes, two out-pointers.
        let status = unsafe { (functions().resp)(self.handle, bytes, n, &mut answer, &mut len) };
        assert_eq!(status, 0);
        black_box(answer);
        len
    }

    /// The number behind `field:` in INFO.
    pub(crate) fn info(&mut self, field: &str) -> u64 {
        self.text([b"INFO", b"everything"], |text| {
            let text = std::str::from_utf8(text).unwrap();
            let line = text.lines().find_map(|l| l.strip_prefix(field)?.strip_prefix(':'));
            line.and_then(|n| n.trim().parse().ok()).unwrap()
        })
    }
}
