"""What comes in from outside and goes out to it: git, GitHub, configuration, waivers, files on disk, child processes."""
