"""Read a CloudFormation template: YAML with short tags, as plain data in the long form."""

from pathlib import Path
from typing import Any, cast

import yaml

Template = dict[str, Any]


class _TemplateLoader(yaml.SafeLoader):
    """SafeLoader that knows `!Ref`, `!GetAtt`, `!Sub` and the rest; the global loader stays as it is."""


def _long_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Template:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(cast(yaml.MappingNode, node), deep=True)  # YAML has no fourth kind of node
    if suffix in {"Ref", "Condition"}:
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


_TemplateLoader.add_multi_constructor("!", _long_form)


def load_template(path: Path) -> Template:
    """The template at `path`; short tags become `{"Ref": …}`, `{"Fn::GetAtt": [resource, attribute]}` and so on."""
    loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=_TemplateLoader)  # noqa: S506 - a SafeLoader subclass
    if not isinstance(loaded, dict):
        raise TypeError(f"{path} is not a template")
    return loaded


def resources_of(template: Template, kind: str) -> dict[str, Template]:
    """Logical id → properties of every resource of one type."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def layers_by_function(template: Template) -> dict[str, tuple[str, ...]]:
    """Function's logical id → names of the layers it carries, those of `Globals` first."""
    names = {
        logical_id: Path(properties["ContentUri"]).name
        for logical_id, properties in resources_of(template, "AWS::Serverless::LayerVersion").items()
    }
    everywhere = template.get("Globals", {}).get("Function", {}).get("Layers", [])
    return {
        function: tuple(names[layer["Ref"]] for layer in [*everywhere, *properties.get("Layers", [])])
        for function, properties in resources_of(template, "AWS::Serverless::Function").items()
    }
