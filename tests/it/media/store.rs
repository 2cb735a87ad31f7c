//! The store of files: a folder that is full or away, and a bucket.
