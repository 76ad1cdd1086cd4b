"""The recipe of a generator: what it is shown, what is trained, and for how long."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Method = Literal["lora", "qlora", "full"]


class GeneratorRecipe(BaseModel):
    """How a generator is tuned; the shipped values and their reasons are in `generator.toml`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    method: Method = "lora"
    """`lora` trains an adapter beside the frozen weights, `qlora` does over a base in 4 bits (needs
    CUDA and the extra `qlora`), `full` trains every weight."""
    rank: int = Field(default=16, ge=1, le=512)
    """Of the adapter (1-512)."""
    alpha: int = Field(default=32, ge=1, le=2048)
    """What the adapter adds is multiplied by alpha / rank."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Of the adapter's input (0-1)."""
    targets: tuple[str, ...] = ("all-linear",)
    """Names of the modules that get an adapter; `all-linear` is every one but the output layer."""
    bias: Literal["none", "all", "lora_only"] = "none"
    """Which biases are trained beside it."""
    epochs: float = Field(default=2, gt=0, le=100)
    """Times that every row is seen at most; the best step by validation counts."""
    private_epochs: float = Field(default=10, gt=0, le=1000)
    """Likewise with --dp, where every epoch costs epsilon and the last step counts."""
    clipping: Literal["hooks", "ghost"] = "hooks"
    """How --dp bounds the gradient of a document: `hooks` keeps it, `ghost` works out its length
    without it and goes backward twice: less memory with a large rank, and fp32 alone."""
    batch_size: int = Field(default=8, ge=1, le=1024)
    """Rows in one pass (1-1024)."""
    accumulate: int = Field(default=1, ge=1, le=1024)
    """Passes in one step (1-1024); the gradient is the same as of one large pass."""
    learning_rate: float = Field(default=2e-4, gt=0, le=0.1)
    """Of AdamW, at its highest."""
    warmup: float = Field(default=0.05, ge=0, lt=1)
    """Share of the steps in which the rate rises (0-1)."""
    weight_decay: float = Field(default=0.0, ge=0, le=1)
    """Of AdamW."""
    evaluations: int = Field(default=2, ge=1, le=100)
    """Times that validation is asked in an epoch (1-100)."""
    patience: int = Field(default=3, ge=1, le=100)
    """Evaluations without a better loss after which training ends (1-100)."""
    max_tokens: int = Field(default=1024, ge=32, le=131072)
    """Tokens of a row, prompt and answer together; a longer row is left out and counted, no row is
    cut."""
    packing: Literal["auto", "on", "off"] = "auto"
    """Whether rows stand one behind the other without padding, each reading only itself; `auto`: on
    a GPU. On a CPU rows of like length stand side by side instead."""
    gradient_checkpointing: bool = False
    """Computes activations twice to keep fewer of them."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """`auto` computes in bf16 where the machine does; what is trained stays in fp32."""
    abstain: float = Field(default=0.35, ge=0, le=1)
    """Rows without a passage that answers, for each row with one (0-1): they learn to refuse."""
    instructions: str | None = None
    """Instead of `prompts.instructions`, in training and when it serves; `{domain}` is replaced."""
    examples: str | None = ""
    """Instead of `prompts.examples`; a tuned model needs none."""
    canaries: int = Field(default=32, ge=0, le=512)
    """Invented rows of which a coin decides each whether it is learnt (0-512): what the privacy
    report is measured by; without any it passes nothing."""
    report: Literal["auto", "full", "short", "none"] = "auto"
    """How much the privacy report asks of the model; `auto`: all on a GPU, little on a CPU,
    where `full` takes hours. Without one no model is promoted."""
    check_serving: bool = True
    """Whether vLLM, where this machine has it, is started once to compare what it says."""
    samples: int = Field(default=4, ge=0, le=100)
    """Questions of validation that are answered when training is done, for the model card."""

    @model_validator(mode="after")
    def _fits(self) -> "GeneratorRecipe":
        if self.method == "full" and self.targets != ("all-linear",):
            msg = "targets are for an adapter; with method = 'full' every weight is trained"
            raise ValueError(msg)
        return self
