//! Credentials and keys in files and in the configuration of images.
