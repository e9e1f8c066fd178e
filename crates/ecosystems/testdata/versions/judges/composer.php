<?php
// Reads pairs of versions, parted by a tab, a line each; prints < = > or ! for each, by composer/semver. A named
// branch (`dev-main`) has no order: `!`.
foreach (['vendor/autoload.php', '/usr/share/php/Composer/Semver/autoload.php'] as $file) {
    if (is_file($file)) {
        require_once $file;
        break;
    }
}
if (!class_exists('Composer\Semver\VersionParser')) {
    exit(3);
}
$parser = new Composer\Semver\VersionParser();
foreach (file('php://stdin', FILE_IGNORE_NEW_LINES) as $line) {
    try {
        [$a, $b] = array_map([$parser, 'normalize'], explode("\t", $line));
    } catch (UnexpectedValueException $e) {
        echo "!\n";
        continue;
    }
    if (strpos($a, 'dev-') === 0 || strpos($b, 'dev-') === 0) {
        echo "!\n";
    } elseif (Composer\Semver\Comparator::lessThan($a, $b)) {
        echo "<\n";
    } else {
        echo Composer\Semver\Comparator::greaterThan($a, $b) ? ">\n" : "=\n";
    }
}
