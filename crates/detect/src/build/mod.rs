//! Build instructions, of a Dockerfile or of the history of an image.
