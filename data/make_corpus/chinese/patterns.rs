//! Chinese sentence patterns and word lists, already cut into words.

/// Word lists that any pattern may use.
pub(crate) const CATEGORIES: &[(&str, &str)] = &[
    ("mood", "高兴/难过/生气/骄傲/孤独/紧张/满意/疲倦"),
    ("trait", "善良/勇敢/聪明/年轻/有名/诚实/耐心/固执"),
    ("someone", "我/我们/他们/小明/小红/同学/朋友/大家"),
    ("colour", "红色/蓝色/绿色/白色/黑色/黄色/紫色/灰色"),
    ("season", "春天/夏天/秋天/冬天"),
    ("weather", "晴天/雨天/阴天/大风 天/下雪 天"),
    ("falls", "雨/雪/雾/风/雷/冰雹"),
    ("weekday", "星期一/星期二/星期三/星期四/星期五/星期六/星期天"),
    ("sport", "足球/篮球/乒乓球/羽毛球/网球/排球"),
    ("subject", "数学/语文/物理/化学/历史/地理/生物/音乐"),
    ("drink", "茶/咖啡/水/牛奶/果汁/可乐"),
    ("field", "人工智能/机器 学习/深度 学习/自然 语言 处理/计算机 科学/统计学/机器人 技术"),
    ("program", "程序/算法/模型/神经 网络/搜索 引擎/数据库/软件/网站"),
    ("data", "数据/文本/语料/图像/词语/向量/句子/语音"),
    ("compute", "训练/测试/运行/改进/下载/安装/开发"),
    ("expert", "研究员/程序员/工程师/学生/专家"),
    ("body", "头/手/脚/眼睛/耳朵/鼻子/牙齿/肚子/肩膀"),
    ("illness", "感冒/发烧/咳嗽/头疼/过敏"),
    ("nature", "山/河/湖/海/森林/沙漠/草原/岛"),
    ("number", "一/两/三/四/五/六/七/八/九/十"),
    ("country", "中国/法国/日本/英国/德国/美国"),
];

/// Openers that suit any sentence.
pub(crate) const LEADS: &[&str] =
    &["其实", "听说", "当然", "说 实话", "我 觉得", "大家 都 知道", "据说"];

/// Words that join two clauses.
pub(crate) const JOINTS: &[&str] = &["而且", "但是", "不过", "然后", "可是"];

/// One man or one woman.
pub(crate) const PEOPLE: &str = "
{who} 在 {home} {deed}
{who} 喜欢 {deed} 所以 {ta} 很 {mood}
{who} 说 {ta} 很 {mood}
{who} 对 {self} 说 今天 要 {deed}
{who} 和 {ta} 的 {thing} 都 在 {home}
{who} 爱 {ta} 的 {thing}
{ta} 是 一 个 {trait} 的 {who}
{ta} 是 {who} 常常 {deed}
{name} 是 一 个 {trait} 的 {who}
{who} {name} 正在 {deed}
这 个 {who} 叫 {name}
我 看见 {who} 在 {home} {deed}
我 给 {who} 一 封 信 {ta} 很 {mood}
{who} 忘 不 了 {ta} 的 {thing}
{who} 找 不 到 {ta} 的 {thing} 了
那 位 {who} 经常 {deed}
{trait} 的 {who} 想 {deed}
{who} 一边 {deed} 一边 想着 {ta} 的 {thing}
因为 {ta} 很 {mood} 所以 {who} 不 想 {deed}
没有 人 知道 {who} 为什么 {deed}
昨天 {who} 在 {home} 笑 了 因为 {ta} 很 {mood}
大家 都 喜欢 {who} 因为 {ta} 很 {trait}
{who} 请 {name} 把 {thing} 给 {ta}
";

/// One country.
pub(crate) const COUNTRIES: &str = "
{country} 的 首都 是 {capital}
{capital} 是 {country} 的 首都
{country} 政府 在 {capital} 开会
{country} 总统 回到 {capital}
我们 坐 飞机 去 {capital} 在 {country} 住 了 {number} 天
{someone} 想 去 {country} 看 {sight}
{sight} 是 {country} 的 骄傲
从 {capital} 出发 去 看 {sight}
{people} 说 {tongue}
在 {country} 人们 说 {tongue}
去 {country} 以前 {someone} 要 学 {tongue}
{tongue} 是 {country} 的 语言
学校 里 的 {people} 孩子 学 {tongue} 语法
{people} 用 {money} 买 东西
{money} 是 {country} 的 货币
在 {capital} 可以 用 {money} 付钱
银行 把 钱 换成 {country} 的 {money}
{people} 爱 吃 {dish}
{dish} 是 {country} 的 特产
在 {capital} 的 街 上 可以 吃 {dish}
{people} 为 {capital} 感到 骄傲
{capital} 的 {dish} 最 好吃
{capital} 的 商店 只 收 {money}
{people} 都 去 过 {capital} 也 看 过 {sight}
{country} 有 {sight} 也 有 {dish}
学 {tongue} 的 学生 去 {capital} 留学
{capital} 的 博物馆 里 有 很多 {people}
我 的 {people} 朋友 住 在 {capital}
{someone} 爱 {country}
{country} 队 和 {people} 球迷 都 来 到 {capital}
{country} 的 地图 上 有 {capital}
{capital} 机场 是 {country} 最 大 的 机场
{people} 很 热情
{country} 的 {season} 很 美
我 爱 {country}
";

/// Two countries; `2` marks the second.
pub(crate) const TWO_COUNTRIES: &str = "
{country} 的 首都 是 {capital} {country2} 的 首都 是 {capital2}
{country} 和 {country2} 是 朋友
从 {capital} 到 {capital2} 要 坐 飞机
{people} 和 {people2} 一起 吃 {dish}
{people} 说 {tongue} {people2} 说 {tongue2}
{someone} 会 说 {tongue} 不 会 说 {tongue2}
{someone} 用 {money} 换 {money2}
{someone} 先 去 {country} 后 去 {country2}
{country} 有 {sight} {country2} 有 {sight2}
这 本 书 从 {tongue} 翻译 成 {tongue2}
";

/// One province.
pub(crate) const PROVINCES: &str = "
{province} 的 省会 是 {seat}
{seat} 是 {province} 的 省会
{province} 人 爱 吃 {dish}
在 {seat} 可以 吃 到 {province} 的 {dish}
{dish} 是 {province} 的 名菜
高铁 开 到 {province} 的 {seat}
{someone} 从 {seat} 回 {province} 老家
{seat} 的 {season} 比 {province} 的 山区 热闹
{province} 省 的 学生 去 {seat} 上 大学
{seat} 市 的 {dish} 很 有名
";

/// One occupation.
pub(crate) const JOBS: &str = "
{job} 在 {where} 工作
{job} 每天 都 要 {does}
{job} 会 {does} 也 会 {does}
{where} 里 的 {job} 正在 {does}
我 想 当 {job} 因为 我 喜欢 {does}
小明 是 {job} 他 在 {where} {does}
小红 是 {job} 她 在 {where} {does}
一 位 {job} 来 到 {where} {does}
年轻 的 {job} 学会 了 {does}
请 {job} 来 {does}
{job} 的 工作 是 {does}
";

/// One animal.
pub(crate) const ANIMALS: &str = "
{one} 会 {can}
{one} 喜欢 {can}
我 看见 一 {unit} {one} 在 {can}
{number} {unit} {one} 一起 {can}
这 {unit} {one} 正在 {can}
{one} 的 {part} 很 有名
{one} 离 不 开 {part}
{one} 是 一 种 动物
动物园 里 的 {one} 不 怕 人
{someone} 喜欢 {one} 的 {part}
那 {unit} {one} 饿 了 要 吃 东西
小 {one} 跟着 大 {one} 学 {can}
{one} 这 种 动物 能 {can}
";

/// One thing.
pub(crate) const THINGS: &str = "
{someone} 用 {one} {can}
有 了 {one} 就 可以 {can}
一 {unit} {one} 够 {can} 了
{someone} 买 了 {number} {unit} {one}
这 {unit} {one} 是 {colour} 的
那 {unit} {one} 的 {part} 坏 了
{one} 的 {part} 很 新
没有 {one} 怎么 {can}
商店 里 卖 各种 {kin} 也 有 {one}
{one} 是 一 种 {kin}
{kin} 里面 我 最 喜欢 {one}
{colour} 的 {one} 比 {colour} 的 {one} 好看
{country} 造 的 {one} 很 便宜
我 把 {one} 放 在 这里 是 为了 {can}
";

/// Computers and artificial intelligence.
pub(crate) const COMPUTING: &str = "
我 爱 人工智能
我 爱 {field}
{field} 和 {field} 有 关系
{expert} 研究 {field}
{expert} 想 {compute} {program}
{expert} 用 {data} {compute} {program}
{program} 从 {data} 中 学习
{program} 需要 很多 {data}
{program} 把 {data} 变成 {data}
{field} 让 {program} 理解 {data}
电脑 可以 {compute} {program}
计算机 可以 处理 {data} 和 {data}
{field} 改变 了 世界
每 个 词语 都 有 一 个 向量
相似 的 词语 有 相似 的 向量
{expert} 在 网 上 {compute} {program}
大学 里 的 {expert} 学习 {field}
{expert} 喜欢 {field} 也 喜欢 {field}
机器人 用 {field} 认识 {data}
公司 请 {expert} {compute} {program}
";

/// Weather, school, health, colours, small talk.
pub(crate) const LIFE: &str = "
今天 是 {weather} 明天 是 {weather}
{season} 常常 下 {falls}
{season} 的 {nature} 很 美
昨天 {nature} 边 有 {falls}
{season} 和 {season} 都 很 舒服
{weekday} 我们 打 {sport}
{weekday} 有 {subject} 课 和 {subject} 课
{someone} 喜欢 {sport} 不 喜欢 {sport}
{sport} 比赛 在 {weekday} 开始
{subject} 考试 比 {subject} 考试 难
{subject} 老师 在 {weekday} 上课
{someone} 喝 {drink} 不 喝 {drink}
一 杯 {drink} 和 一 杯 {drink}
早上 {someone} 喝 {drink}
我 的 {body} 疼 而且 还 {illness}
医生 看 了 {body} 说 是 {illness}
{illness} 的 病人 要 多 喝 {drink}
{number} 个 加 {number} 个 是 多少
墙 是 {colour} 的 门 是 {colour} 的
{colour} 和 {colour} 都 好看
我们 去 看 {nature} 和 {nature}
你 好 吗
谢谢 你 的 帮助
这 是 什么 东西
现在 几 点 了
我 不 知道 你 在 说 什么
";
