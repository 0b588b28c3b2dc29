package dev.nibble.core.evaluation.task;

import dev.nibble.error.UnsupportedException;
import java.util.List;
import java.util.stream.Collectors;

/** All tasks. */
public final class Tasks {
    public static final List<Task> ALL = List.of(new HellaSwag(), new Piqa(), new Arc(), new Mmlu(), new Lambada());

    private Tasks() {}

    public static Task named(String name) {
        return ALL.stream().filter(task -> task.name().equalsIgnoreCase(name)).findFirst().orElseThrow(() -> new UnsupportedException(
                "no task " + name + "; expected one of " + ALL.stream().map(Task::name).collect(Collectors.joining(", "))));
    }
}
