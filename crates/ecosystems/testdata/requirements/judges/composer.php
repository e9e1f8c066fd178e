<?php
// Reads a requirement and a version, parted by a tab, a line each; prints 1 where composer/semver says that the version
// satisfies it, 0 where not, ! where it refuses the requirement.
foreach (['vendor/autoload.php', '/usr/share/php/Composer/Semver/autoload.php'] as $file) {
    if (is_file($file)) {
        require_once $file;
        break;
    }
}
if (!class_exists('Composer\Semver\VersionParser')) {
    exit(3);
}
foreach (file('php://stdin', FILE_IGNORE_NEW_LINES) as $line) {
    [$requirement, $version] = explode("\t", $line);
    try {
        echo Composer\Semver\Semver::satisfies($version, $requirement) ? "1\n" : "0\n";
    } catch (UnexpectedValueException $e) {
        echo "!\n";
    }
}
