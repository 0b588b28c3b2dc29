package dev.nibble.core.evaluation.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nibble.core.SharedMaterial;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Questions read from each benchmark's file. */
class TasksTest {
    @TempDir
    Path folder;

    @Test
    void hellaSwag() throws IOException {
        List<Question> questions = read("hellaswag", "h.txt", "A roof: he\n3\na\nb\nc\nd\nA lady: she\n0\ne\nf\ng\nh\n");
        assertEquals(2, questions.size());
        assertEquals(new Question("A lady: she", List.of("e", "f", "g", "h"), 0), questions.get(1));
        assertEquals(3, questions.getFirst().answer());
        refused("hellaswag", "h.txt", "a\n0\nb\n", "3 lines");
        refused("hellaswag", "h.txt", "a\n4\nb\nc\nd\ne\n", "line 2");
    }

    @Test
    void piqa() throws IOException {
        String lines = "{\"goal\": \"boil an egg\", \"sol1\": \"water\", \"sol2\": \"sand\"}\n";
        refused("piqa", "p.jsonl", lines, "p-labels.lst");
        Files.writeString(folder.resolve("p-labels.lst"), "1\n");
        assertEquals(new Question("Question: boil an egg\nAnswer:", List.of("water", "sand"), 1),
                read("piqa", "p.jsonl", lines).getFirst());
        refused("piqa", "p.jsonl", lines + lines, "1 labels for 2");
        Files.writeString(folder.resolve("p-labels.lst"), "2\n");
        refused("piqa", "p.jsonl", lines, "line 1");
        assertEquals(0, read("piqa", "q.jsonl", lines.replace("}", ", \"label\": 0}")).getFirst().answer());
    }

    @Test
    void arc() throws IOException {
        String line = "{\"question\": \"Hot?\", \"choices\": {\"text\": [\"ice\", \"fire\"], \"label\": [\"1\", \"2\"]}, \"answerKey\": \"2\"}";
        assertEquals(new Question("Question: Hot?\nAnswer:", List.of("ice", "fire"), 1), read("arc", "a.jsonl", line).getFirst());
        refused("arc", "a.jsonl", line.replace("\"2\"}", "\"B\"}"), "labels");
        refused("arc", "a.jsonl", "{}", "a.jsonl:1");
    }

    @Test
    void mmlu() throws IOException {
        String line = "{\"question\": \"1 + 1?\", \"subject\": \"abstract_algebra\", \"choices\": [\"1\", \"2\"], \"answer\": 1}";
        Question question = read("mmlu", "m.jsonl", line).getFirst();
        assertEquals("The following are multiple choice questions (with answers) about abstract algebra.\n\n1 + 1?\nA. 1\nB. 2\nAnswer:",
                question.context());
        assertEquals(List.of("A", "B"), question.continuations());
        assertEquals(1, question.answer());
        refused("mmlu", "m.jsonl", line.replace(": 1}", ": 2}"), "0 to 1");
    }

    @Test
    void lambada() throws IOException {
        assertEquals(new Question("She went to the", List.of("docks"), 0),
                read("lambada", "l.jsonl", "{\"text\": \"She went to the docks\"}").getFirst());
        refused("lambada", "l.jsonl", "{\"text\": \"docks\"}", "single word");
    }

    @Test
    void unknownTaskListsTheKnownOnes() {
        assertTrue(assertThrows(UnsupportedException.class, () -> Tasks.named("glue")).getMessage().contains("hellaswag, piqa"));
        Tasks.ALL.forEach(task -> assertFalse(task.format().isBlank()));
    }

    @Test
    @Tag("shared")
    void realFiles() throws IOException {
        List<Question> piqa = Tasks.named("piqa").read(SharedMaterial.path("text/piqa_valid.jsonl"));
        assertEquals(Files.readAllLines(SharedMaterial.path("text/piqa_valid-labels.lst")).size(), piqa.size());
        assertEquals(1, piqa.get(1).answer());
        List<Question> lambada = Tasks.named("lambada").read(SharedMaterial.path("text/lambada_test.jsonl"));
        assertTrue(lambada.getFirst().context().startsWith("In my palm is a clear stone"));
        assertTrue(lambada.stream().noneMatch(question -> question.continuations().getFirst().contains(" ")));
    }

    private List<Question> read(String task, String name, String content) throws IOException {
        return Tasks.named(task).read(Files.writeString(folder.resolve(name), content));
    }

    private void refused(String task, String name, String content, String part) {
        String message = assertThrows(MalformedFileException.class, () -> read(task, name, content)).getMessage();
        assertTrue(message.contains(part), message);
    }
}
