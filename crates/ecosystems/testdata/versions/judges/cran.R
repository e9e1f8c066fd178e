# Reads pairs of versions, parted by a tab, a line each; prints < = > or ! for each, by R.
for (line in readLines(file("stdin"))) {
  pair <- tryCatch(numeric_version(strsplit(line, "\t")[[1]]), error = function(e) NULL)
  if (is.null(pair)) {
    cat("!\n")
  } else {
    cat(if (pair[1] < pair[2]) "<" else if (pair[1] > pair[2]) ">" else "=", "\n", sep = "")
  }
}
